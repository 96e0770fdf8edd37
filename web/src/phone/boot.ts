// What the hub put into the page for its script to begin with.

export interface Boot {
  /** The title of the show. */
  readonly title: string;
  /** The join code, when the page was opened by it (`/j/CODE`). */
  readonly code: string;
  /** Which show this page belongs to, known before the hub's first word: a piece is never sent to another one. */
  readonly showId: string;
  /** The same page by https, for phones that trust this machine's certificate (`/trust`); empty: there is none. */
  readonly secureUrl: string;
  /** Whether the phone comes from another address of this show (`/?again`), where the hub may know it already. */
  readonly isBack: boolean;
}

/** Read the page's boot JSON; a field that is missing is empty, so that an older hub's page still starts. */
export function readBoot(page: Document = document): Boot {
  const said: Partial<Boot> = JSON.parse(page.getElementById("boot")?.textContent || "{}");
  const inPath = /^\/j\/([^/]+)/.exec(location.pathname)?.[1] ?? "";
  return {
    title: said.title || page.title,
    code: said.code || decodeURIComponent(inPath),
    showId: said.showId ?? "",
    secureUrl: said.secureUrl ?? "",
    isBack: new URLSearchParams(location.search).has("again"),
  };
}
