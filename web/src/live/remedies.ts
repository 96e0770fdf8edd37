// What a publisher does on its own where it goes wrong for long: pictures that arrive and cannot be shown, a worker or an
// encoder that freezes. First the same way is gone again with another encoder, then the next way is gone; then only waiting
// is left. Pure.

/** The stage looks at a stream again every 10 s: it has seen once more by then that it cannot show it. */
const LASTS_MS = 15_000;
const FREEZES_APART_MS = 60_000;

export type Remedy = "again" | "down";

const REMEDIES: readonly Remedy[] = ["again", "down"];

export class Remedies {
  #sinceMs: number | null = null;
  #tried = 0;
  #frozenMs = Number.NEGATIVE_INFINITY;

  /** Called at every tick: what is to be done now, if anything. */
  look(isShown: boolean, nowMs: number): Remedy | null {
    if (isShown) {
      this.#sinceMs = null;
      this.#tried = 0;
      return null;
    }
    this.#sinceMs ??= nowMs;
    const remedy = REMEDIES[this.#tried];
    if (!remedy || nowMs - this.#sinceMs < LASTS_MS) return null;
    this.#sinceMs = nowMs;
    this.#tried += 1;
    return remedy;
  }

  /** It froze: twice within a minute, and the next way is gone. */
  frozen(nowMs: number): Remedy {
    const isAgain = nowMs - this.#frozenMs < FREEZES_APART_MS;
    this.#frozenMs = nowMs;
    return isAgain ? "down" : "again";
  }
}
