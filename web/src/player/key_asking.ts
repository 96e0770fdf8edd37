/**
 * How often a player asks for a key picture. Pure: the caller says what time it is.
 *
 * A key picture costs the publisher and everybody who watches several times what another picture costs. So a decoder that
 * fails again and again asks ever more rarely; one that went well for a while is as quick as at first.
 */

export const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 8000;
/** So long without a question, and what was wrong is over. */
export const CALM_MS = 20_000;

export class KeyAsking {
  #waitMs = FIRST_WAIT_MS;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** Whether to ask now; asked too soon, no. */
  mayAsk(nowMs: number): boolean {
    const quietMs = nowMs - this.#askedAtMs;
    if (quietMs < this.#waitMs) return false;
    this.#waitMs = quietMs > CALM_MS ? FIRST_WAIT_MS : Math.min(LONGEST_WAIT_MS, this.#waitMs * 2);
    this.#askedAtMs = nowMs;
    return true;
  }
}
