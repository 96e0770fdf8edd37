// Who holds this phone: asked once, remembered for the next show. The hub knows the phone by a cookie that no script sees;
// kept here are only the name, the credit line and the last choice of consent.
import type { Consent, Problem } from "../wire.ts";

const FIRST_CONSENT: Consent = { stage: true, anthology: true, paid: false, anonymous: false };
const KEY = "houselights.person";

interface Remembered {
  readonly name: string;
  readonly credit: string;
  readonly consent: Consent;
  /** Whether this phone has joined some show before: then the page tries the line first and asks only when refused. */
  readonly joined: boolean;
}

/** A join that did not work; the message is for the person. */
export class JoinRefused extends Error {}

export class Person {
  #kept: Remembered = { name: "", credit: "", consent: FIRST_CONSENT, joined: false };

  constructor() {
    try {
      const { consent, ...rest }: Partial<Remembered> = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      this.#kept = { ...this.#kept, ...rest, consent: { ...FIRST_CONSENT, ...consent } };
    } catch {
      // Unreadable or forbidden (a private window): begin as new.
    }
  }

  get name(): string {
    return this.#kept.name;
  }

  /** The line shown on stage and in the credits; the name where none was given. */
  get credit(): string {
    return this.#kept.credit;
  }

  get consent(): Consent {
    return this.#kept.consent;
  }

  get hasJoined(): boolean {
    return this.#kept.joined;
  }

  remember(news: Partial<Remembered>): void {
    this.#kept = { ...this.#kept, ...news };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // No room or not allowed: asked again next time.
    }
  }

  /** Join the show with its code. Raises JoinRefused. */
  async join(code: string, name: string, credit: string): Promise<void> {
    this.remember({ name, credit });
    const body = JSON.stringify({ code, name, credit });
    let response: Response;
    try {
      response = await fetch("/api/join", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    } catch {
      throw new JoinRefused("The show can't be reached. Are you in the hall's Wi-Fi? Try again.");
    }
    if (!response.ok) throw new JoinRefused(await refusal(response));
    this.remember({ joined: true });
  }
}

async function refusal(response: Response): Promise<string> {
  const problem: Partial<Problem> = await response.json().catch(() => ({}));
  if (problem.code === "not_allowed")
    return "That is not the code of this show. It stands on the big screen: look again.";
  return problem.message || "The show did not let this phone in. Try again.";
}
