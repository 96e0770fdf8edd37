// Whether the worker still answers. It is asked at every tick of the page and has to answer some tick later. Ticks are counted,
// not time: a page that was busy itself has heard nothing either, and a tick that comes late does not count; one that slept
// begins to count anew. Pure.

/** Ticks without an answer, at TICK_MS: two and a half seconds. */
const FROZEN_TICKS = 10;
/** The script has to come over the hall's network first. */
const LOADING_TICKS = 80;
export const TICK_MS = 250;
const BUSY_MS = 3 * TICK_MS;
const SLEPT_MS = 20 * TICK_MS;

export class Pulse {
  #missed = 0;
  #hasAnswered = false;
  #tickedMs = Number.NEGATIVE_INFINITY;

  /** The worker answered, or said anything. */
  heard(): void {
    this.#missed = 0;
    this.#hasAnswered = true;
  }

  /** Another worker takes its place. */
  begin(): void {
    this.#missed = 0;
    this.#hasAnswered = false;
  }

  /** Returns whether the worker is frozen; it is to be asked again at every tick. */
  tick(nowMs: number): boolean {
    const sinceMs = nowMs - this.#tickedMs;
    this.#tickedMs = nowMs;
    if (sinceMs >= SLEPT_MS) this.#missed = 0;
    else if (sinceMs < BUSY_MS) this.#missed += 1;
    return this.#missed > (this.#hasAnswered ? FROZEN_TICKS : LOADING_TICKS);
  }
}
