// When media was captured, on the show's clock. A device's own stamps have good distances and an odd origin (a camera's is
// the phone's start, a microphone's the page's); arrivals have the right origin and bad distances. Pure.

/** Once in this time the quickest arrivals are believed anew. */
const WINDOW_US = 1_000_000;
/** How fast the origin follows a clock that drifts. */
const RISE = 0.002;
/** Farther off than this for a whole window: sound was missing in between, and the stamps did not tell. */
const SLIP_US = 20_000;
/** Farther off than this and the origin itself has changed: another camera, a phone that slept. */
const JUMP_US = 500_000;
const BURSTS_US = 3_000_000;
/** As far off, for a file in bursts: the phone slept. */
const BURSTS_JUMP_US = 2_000_000;

/** Stamps of one device → show time: the distances as the device says, the origin by the quickest arrivals. */
export class Stamps {
  #originUs: number | null = null;
  #targetUs = 0;
  #leastUs = Number.POSITIVE_INFINITY;
  #windowFromUs = 0;
  #lastArrivalUs = 0;
  #lastUs = Number.NEGATIVE_INFINITY;

  /** Show time at which the device took what it stamped `deviceUs`, and what arrived here at `arrivalUs`. */
  captured(deviceUs: number, arrivalUs: number): number {
    const origin = this.#follow(arrivalUs - deviceUs, arrivalUs);
    // Never backwards: what decodes these sorts by them.
    this.#lastUs = Math.max(this.#lastUs + 1, Math.round(deviceUs + origin));
    return this.#lastUs;
  }

  #follow(offUs: number, arrivalUs: number): number {
    const passedUs = Math.max(0, arrivalUs - this.#lastArrivalUs);
    this.#lastArrivalUs = arrivalUs;
    if (this.#originUs === null || Math.abs(offUs - this.#originUs) > JUMP_US) {
      this.#originUs = this.#targetUs = this.#leastUs = offUs;
      this.#windowFromUs = arrivalUs;
      return offUs;
    }
    this.#leastUs = Math.min(this.#leastUs, offUs);
    if (arrivalUs - this.#windowFromUs > WINDOW_US) {
      this.#targetUs = this.#leastUs;
      if (this.#targetUs - this.#originUs > SLIP_US) this.#originUs = this.#targetUs;
      this.#leastUs = offUs;
      this.#windowFromUs = arrivalUs;
    }
    if (this.#targetUs > this.#originUs) {
      this.#originUs = Math.min(this.#targetUs, this.#originUs + passedUs * RISE);
    }
    this.#originUs = Math.min(this.#originUs, offUs);
    return this.#originUs;
  }
}

/** Show time of a file's beginning, where the file comes in bursts: by the quickest of those that came in the last three
 * seconds. A recorder on a busy phone loses time against the show's clock, in steps; none may add up. */
export class BurstOrigin {
  #bursts: { readonly arrivalUs: number; readonly offUs: number }[] = [];

  /** After a burst whose last moment, `deviceUs` into the file, was taken at `arrivalUs`. */
  after(deviceUs: number, arrivalUs: number): number {
    const offUs = arrivalUs - deviceUs;
    const known = this.#bursts.filter(
      (burst) => arrivalUs - burst.arrivalUs < BURSTS_US && Math.abs(offUs - burst.offUs) < BURSTS_JUMP_US,
    );
    this.#bursts = [...known, { arrivalUs, offUs }];
    return Math.min(...this.#bursts.map((burst) => burst.offUs));
  }
}

/** Thins pictures to a rate, by their capture times: every picture that is due, no bursts. */
export class Pace {
  #dueUs = Number.NEGATIVE_INFINITY;

  admits(capturedUs: number, picturesPerS: number): boolean {
    const everyUs = 1e6 / picturesPerS;
    // A camera is not exact: a picture that comes a little early is the one that was meant.
    if (capturedUs < this.#dueUs - everyUs * 0.3) return false;
    const isInStep = capturedUs - this.#dueUs < everyUs * 2;
    this.#dueUs = (isInStep ? this.#dueUs : capturedUs) + everyUs;
    return true;
  }
}
