// Tells on the trust page whether this browser already trusts the show: it asks the https side, which answers only a
// browser that does. Asked again whenever the person comes back from the phone's settings.

const boot: { readonly seenUrl?: string } = JSON.parse(document.getElementById("boot")?.textContent || "{}");
const state = document.getElementById("state");

async function isTrusted(url: string): Promise<boolean> {
  try {
    // The answer of another origin is opaque; that there is one is all we ask.
    await fetch(url, { mode: "no-cors", cache: "no-store", credentials: "omit" });
    return true;
  } catch {
    return false;
  }
}

async function look(url: string, place: HTMLElement): Promise<void> {
  const trusted = await isTrusted(url);
  place.hidden = false;
  place.toggleAttribute("data-trusted", trusted);
  place.textContent = trusted
    ? "✓ This browser trusts the show. You are done."
    : "This browser does not trust the show yet.";
}

if (boot.seenUrl && state) {
  const { seenUrl } = boot;
  void look(seenUrl, state);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void look(seenUrl, state);
  });
}
