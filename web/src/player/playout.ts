/**
 * When to play what: maps show time to a sound card's time, with a small reserve against jitter.
 *
 * Pure: the caller says what time it is. Packets that follow each other are chained to the sample; a packet too late to
 * play starts a new chain with a larger reserve, and a reserve grown too long is cut back.
 */

const FIRST_RESERVE_S = 0.08;
const RESERVE_STEP_S = 0.04;
const MAX_RESERVE_S = 0.4;
/** More than this above the reserve and the picture would wait for the sound. */
const SLACK_S = 0.25;
/** Two packets this near to each other's ends belong together. */
const CHAIN_S = 0.01;

export class Playout {
  #offsetS: number | null = null;
  #nextS = 0;
  #reserveS = FIRST_RESERVE_S;
  /** How often the sound had to start anew. */
  restarts = 0;

  /** The device time at which to start a packet of `durationS` seconds captured at `capturedUs`. */
  place(capturedUs: number, durationS: number, nowS: number): number {
    const capturedS = capturedUs / 1e6;
    let startS = this.#offsetS === null ? Number.NaN : capturedS + this.#offsetS;
    if (Math.abs(startS - this.#nextS) < CHAIN_S) startS = this.#nextS;
    const late = startS < nowS;
    const early = startS > nowS + this.#reserveS + SLACK_S;
    if (Number.isNaN(startS) || late || early) {
      startS = this.#restart(nowS, late);
    }
    this.#offsetS = startS - capturedS;
    this.#nextS = startS + durationS;
    return startS;
  }

  /** The show time that is heard at `nowS`, or null before the first packet. */
  heardUs(nowS: number): number | null {
    return this.#offsetS === null ? null : (nowS - this.#offsetS) * 1e6;
  }

  get reserveS(): number {
    return this.#reserveS;
  }

  #restart(nowS: number, late: boolean): number {
    if (late) this.#reserveS = Math.min(MAX_RESERVE_S, this.#reserveS + RESERVE_STEP_S);
    if (this.#offsetS !== null) this.restarts += 1;
    return nowS + this.#reserveS;
  }
}
