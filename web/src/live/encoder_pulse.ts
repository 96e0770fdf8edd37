// Whether an encoder still gives: one that hangs takes pictures, or lets them queue, and says nothing. Looks are counted, not
// time, and only those between which a picture came for it: who is not watched, or slept, has given nothing either. Pure.

/** Looks without a picture out, at LOOK_EVERY_MS: three seconds. */
const HUNG_LOOKS = 12;
/** Hardware has to be fetched first. */
const STARTING_LOOKS = 24;
export const LOOK_EVERY_MS = 250;

export class EncoderPulse {
  #silent = 0;
  #isFed = false;
  #hasGiven = false;

  /** A picture came for it, whether it had room or not. */
  fed(): void {
    this.#isFed = true;
  }

  /** An encoded picture came out. */
  gave(): void {
    this.#silent = 0;
    this.#hasGiven = true;
  }

  /** Another encoder takes its place. */
  begin(): void {
    this.#silent = 0;
    this.#isFed = this.#hasGiven = false;
  }

  /** Returns whether the encoder hangs. */
  look(): boolean {
    if (this.#isFed) this.#silent += 1;
    this.#isFed = false;
    return this.#silent > (this.#hasGiven ? HUNG_LOOKS : STARTING_LOOKS);
  }
}
