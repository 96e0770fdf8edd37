// Show time (integer microseconds since the show was opened), and how people say it. FollowedClock is the same method as
// live/clock.py: the line between the quickest messages each way gives offset and drift; steps only when far off, else
// slewed, never backwards.

/** This page's own monotonic clock, microseconds. */
export const localUs = (): number => Math.round(performance.now() * 1000);

const KEPT = 256;
const SLEW = 0.01;
const STEP_US = 50_000;
const MOST_DRIFT = 200e-6;
/** Trips closer together than this say nothing of drift. */
const OPEN_US = 5_000_000;
const SEARCH_STEPS = 24;
const REFUTED_US = 10_000;

interface RoundTrip {
  readonly tookUs: number;
  readonly middleUs: number;
  readonly offsetUs: number;
}

/** The hub's time less the local one, as it goes on: `offsetUs` at local `originUs`, and `drift` for each µs. */
interface Line {
  readonly originUs: number;
  readonly offsetUs: number;
  readonly drift: number;
}

/** An estimate of the hub's show clock, fed with ping-pongs. */
export class FollowedClock {
  isSynchronised = false;
  #trips: RoundTrip[] = [];
  #line: Line = { originUs: 0, offsetUs: 0, drift: 0 };
  #offsetUs = 0;
  #correctedAtUs: number;
  #lastUs = 0;
  readonly #local: () => number;

  constructor(local: () => number = localUs) {
    this.#local = local;
    this.#correctedAtUs = local();
  }

  /** Take one ping-pong: local send time, the hub's show time, local receive time. */
  observe(sentUs: number, hubUs: number, receivedUs: number): void {
    const middleUs = Math.floor((sentUs + receivedUs) / 2);
    const trip = { tookUs: receivedUs - sentUs, middleUs, offsetUs: hubUs - middleUs };
    this.#slew();
    if (this.#trips.length && isRefuted(this.#line, trip)) this.#trips = [];
    this.#trips.push(trip);
    if (this.#trips.length > KEPT) this.#trips.shift();
    this.#line = fitted(this.#trips);
    const targetUs = at(this.#line, receivedUs);
    if (!this.isSynchronised || Math.abs(targetUs - this.#offsetUs) > STEP_US) {
      this.#offsetUs = targetUs;
      this.isSynchronised = true;
    }
  }

  /** After the page slept (its own clock may have stood still) what was measured before means nothing. */
  forgetTrips(): void {
    this.#trips = [];
  }

  nowUs(): number {
    this.#slew();
    this.#lastUs = Math.max(this.#lastUs, Math.trunc(this.#local() + this.#offsetUs));
    return this.#lastUs;
  }

  #slew(): void {
    if (!this.isSynchronised) return;
    const local = this.#local();
    const allowed = (local - this.#correctedAtUs) * SLEW;
    this.#correctedAtUs = local;
    this.#offsetUs += Math.max(-allowed, Math.min(allowed, at(this.#line, local) - this.#offsetUs));
  }
}

function at(line: Line, localUs: number): number {
  return line.offsetUs + line.drift * (localUs - line.originUs);
}

/** The true offset lies within half of any round trip: further off, and a clock was set or stood still. */
function isRefuted(line: Line, trip: RoundTrip): boolean {
  return Math.abs(at(line, trip.middleUs) - trip.offsetUs) > trip.tookUs / 2 + REFUTED_US;
}

/** The line through the quickest messages each way (see `fitted` in live/clock.py). */
function fitted(trips: readonly RoundTrip[]): Line {
  const { middleUs: originUs, offsetUs: baseUs } = trips[trips.length - 1] as RoundTrip;
  const upper = hull(trips.map((trip) => [trip.middleUs - originUs, trip.offsetUs - baseUs + trip.tookUs / 2]));
  const lower = hull(trips.map((trip) => [trip.middleUs - originUs, baseUs - trip.offsetUs + trip.tookUs / 2]));
  /** How far apart the two lines of this drift lie, and where the middle between them is. */
  const gap = (drift: number): readonly [number, number] => {
    const above = Math.min(...upper.map(([after, offset]) => offset - drift * after));
    const below = Math.min(...lower.map(([after, offset]) => offset + drift * after));
    return [above + below - Math.abs(drift) * OPEN_US, (above - below) / 2];
  };
  let low = -MOST_DRIFT;
  let high = MOST_DRIFT;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const first = low + (high - low) / 3;
    const second = high - (high - low) / 3;
    if (gap(first)[0] < gap(second)[0]) low = first;
    else high = second;
  }
  const drift = (low + high) / 2;
  return { originUs, offsetUs: baseUs + gap(drift)[1], drift };
}

type Point = readonly [number, number];

/** Those of points in the order of time that a line below all of them can touch. */
function hull(points: readonly Point[]): readonly Point[] {
  const found: Point[] = [];
  for (const point of points) {
    while (found.length > 1) {
      const [from, last] = found.slice(-2) as [Point, Point];
      if ((last[1] - from[1]) * (point[0] - from[0]) < (point[1] - from[1]) * (last[0] - from[0])) break;
      found.pop();
    }
    found.push(point);
  }
  return found;
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
