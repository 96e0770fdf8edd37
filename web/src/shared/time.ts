// Show time (integer microseconds since the show was opened), and how people say it. FollowedClock is the same method as
// live/clock.py: of the last round trips the quickest are believed; steps only when far off, else slewed, never backwards.

/** This page's own monotonic clock, microseconds. */
export const localUs = (): number => Math.round(performance.now() * 1000);

const KEPT = 32;
const SLEW = 0.01;
const STEP_US = 50_000;

interface RoundTrip {
  readonly tookUs: number;
  readonly offsetUs: number;
}

/** An estimate of the hub's show clock, fed with ping-pongs. */
export class FollowedClock {
  isSynchronised = false;
  #trips: RoundTrip[] = [];
  #offsetUs = 0;
  #targetUs = 0;
  #correctedAtUs: number;
  #lastUs = 0;
  readonly #local: () => number;

  constructor(local: () => number = localUs) {
    this.#local = local;
    this.#correctedAtUs = local();
  }

  /** Take one ping-pong: local send time, the hub's show time, local receive time. */
  observe(sentUs: number, hubUs: number, receivedUs: number): void {
    this.#trips.push({ tookUs: receivedUs - sentUs, offsetUs: hubUs - (sentUs + receivedUs) / 2 });
    if (this.#trips.length > KEPT) this.#trips.shift();
    const quickest = [...this.#trips].sort((a, b) => a.tookUs - b.tookUs);
    const believed = quickest.slice(0, Math.max(1, quickest.length >> 2));
    this.#slew();
    this.#targetUs = believed.reduce((sum, trip) => sum + trip.offsetUs, 0) / believed.length;
    if (!this.isSynchronised || Math.abs(this.#targetUs - this.#offsetUs) > STEP_US) {
      this.#offsetUs = this.#targetUs;
      this.isSynchronised = true;
    }
  }

  /** After the page slept (its own clock may have stood still) what was measured before means nothing. */
  forgetTrips(): void {
    this.#trips = [];
  }

  nowUs(): number {
    this.#slew();
    this.#lastUs = Math.max(this.#lastUs, Math.round(this.#local() + this.#offsetUs));
    return this.#lastUs;
  }

  #slew(): void {
    const local = this.#local();
    const allowed = (local - this.#correctedAtUs) * SLEW;
    this.#correctedAtUs = local;
    this.#offsetUs += Math.max(-allowed, Math.min(allowed, this.#targetUs - this.#offsetUs));
  }
}

/** Wall time of a moment of the show, as the reader's country writes it: "20:41". */
export function timeOfDay(openedAtS: number, showUs: number): string {
  const at = new Date(openedAtS * 1000 + showUs / 1000);
  return at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** A length of time as a player shows it: "0:07", "12:30". */
export function minutesAndSeconds(durationUs: number): string {
  const seconds = Math.floor(durationUs / 1e6);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
