// Whether the worker still answers. It is asked at every tick of the page and has to answer some tick later. Ticks are counted,
// not time: a page that slept, or was busy itself, has heard nothing either, and begins to count anew. Pure.

/** Ticks without an answer, at TICK_MS: two and a half seconds. */
const FROZEN_TICKS = 10;
/** The script has to come over the hall's network first. */
const LOADING_TICKS = 80;
export const TICK_MS = 250;
const SLEPT_MS = 3 * TICK_MS;

export class Pulse {
  #missed = 0;
  #hasAnswered = false;
  #tickedMs = Number.NEGATIVE_INFINITY;

  /** The worker answered. */
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
    const isAwake = nowMs - this.#tickedMs < SLEPT_MS;
    this.#tickedMs = nowMs;
    this.#missed = isAwake ? this.#missed + 1 : 0;
    return this.#missed > (this.#hasAnswered ? FROZEN_TICKS : LOADING_TICKS);
  }
}
