// What a recorder gives in bursts, given on as evenly as it was taken: all of it as late as the latest lately was, pictures and
// sound alike. Bounded: past `MOST_WAITING` the oldest goes at once.
//
// When a burst was taken is known the better the quicker it came, so one may seem to begin before the end of the one before it.
// It never overtakes it: a picture among those that it is made from, or before them, cannot be decoded.

export interface Timed {
  readonly capturedUs: number;
  readonly sample: { readonly kind: string; readonly lastsUs: number };
}

/** Ten seconds of pictures and sound. */
const MOST_WAITING = 800;
const MOST_DELAY_US = 3_000_000;
/** How much of the delay is kept from burst to burst where none was as late. */
const KEPT = 0.995;

export class EvenPace<Unit extends Timed> {
  readonly #nowUs: () => number;
  readonly #give: (unit: Unit) => void;
  /** Of each kind in the order of the file. */
  #waiting: Unit[] = [];
  /** The time that was given last, of each kind. */
  readonly #givenUs = new Map<string, number>();
  #delayUs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `nowUs` is the clock of `capturedUs`. */
  constructor(nowUs: () => number, give: (unit: Unit) => void) {
    this.#nowUs = nowUs;
    this.#give = give;
  }

  put(burst: readonly Unit[]): void {
    if (burst.length === 0) return;
    const oldestUs = Math.min(...burst.map((unit) => unit.capturedUs));
    const lateUs = Math.min(MOST_DELAY_US, this.#nowUs() - oldestUs);
    this.#delayUs = Math.max(lateUs, this.#delayUs * KEPT);
    this.#waiting = [...this.#before(burst), ...burst].sort((a, b) => a.capturedUs - b.capturedUs);
    this.#go();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  /** What waits, with times before those of a burst that came after it: pictures and sound are moved by the same. */
  #before(burst: readonly Unit[]): Unit[] {
    const beginsUs = new Map<string, number>();
    for (const { capturedUs, sample } of burst) {
      if (!beginsUs.has(sample.kind)) beginsUs.set(sample.kind, capturedUs);
    }
    const overUs = this.#waiting.reduce((most, { capturedUs, sample }) => {
      return Math.max(most, capturedUs + sample.lastsUs - (beginsUs.get(sample.kind) ?? Number.POSITIVE_INFINITY));
    }, 0);
    return overUs ? this.#waiting.map((unit) => ({ ...unit, capturedUs: unit.capturedUs - overUs })) : this.#waiting;
  }

  #go(): void {
    clearTimeout(this.#timer);
    const nowUs = this.#nowUs();
    const isDue = (unit: Unit, left: number) => left > MOST_WAITING || unit.capturedUs + this.#delayUs <= nowUs;
    let due = 0;
    for (let unit = this.#waiting[0]; unit && isDue(unit, this.#waiting.length - due); unit = this.#waiting[due]) {
      due += 1;
      this.#giveOn(unit);
    }
    this.#waiting = this.#waiting.slice(due);
    const [next] = this.#waiting;
    if (next) this.#timer = setTimeout(() => this.#go(), (next.capturedUs + this.#delayUs - nowUs) / 1000);
  }

  /** Never backwards, as what decodes these sorts by them; but for a clock that was set back. */
  #giveOn(unit: Unit): void {
    const { kind } = unit.sample;
    const backUs = (this.#givenUs.get(kind) ?? Number.NEGATIVE_INFINITY) - unit.capturedUs;
    const capturedUs = backUs >= 0 && backUs < MOST_DELAY_US ? unit.capturedUs + backUs + 1 : unit.capturedUs;
    this.#givenUs.set(kind, capturedUs);
    this.#give({ ...unit, capturedUs });
  }
}
