/**
 * How much of a page's time its pictures may take. Pure: the caller says what time it is.
 *
 * Drawing a picture costs next to nothing where a graphics chip does it, and half of the page's time where none does: then
 * fewer are drawn, and what people do and what comes from the hub is not kept waiting.
 */

/** So long at most between two pictures, however slow drawing is. */
export const LONGEST_REST_MS = 200;

export class Restraint {
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  /** `share` is the part of the time that drawing may take; 1: all of it. */
  constructor(private readonly share: number) {}

  /** How long the next picture has to wait; 0: it may be drawn now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#restsUntilMs - nowMs);
  }

  /** A picture was drawn, and this is how long it took. */
  drew(fromMs: number, untilMs: number): void {
    const restMs = (untilMs - fromMs) * (1 / this.share - 1);
    this.#restsUntilMs = untilMs + Math.min(LONGEST_REST_MS, restMs);
  }
}
