// Whether an encoder keeps pictures to itself: Firefox's H.264 on Linux looks forty of them ahead, whatever latency it is asked
// for, and is a second or two behind from the first picture on. Looks are counted, not time: a worker that was held up has
// many waiting for a moment. Pure.

/** More than these, in it and not in its queue, are no way of working; hardware has a few. */
const MOST_HELD = 12;
const HELD_LOOKS = 2;

export class HeldBack {
  #within = 0;
  #looks = 0;

  took(): void {
    this.#within += 1;
  }

  gave(): void {
    this.#within = Math.max(0, this.#within - 1);
  }

  /** Another encoder takes its place. */
  begin(): void {
    this.#within = this.#looks = 0;
  }

  /** To be called every LOOK_EVERY_MS; `waiting` is how many of the pictures have not reached it. */
  look(waiting: number): boolean {
    this.#looks = this.#within - waiting > MOST_HELD ? this.#looks + 1 : 0;
    return this.#looks >= HELD_LOOKS;
  }
}
