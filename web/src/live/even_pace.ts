// What a recorder gives in bursts, given on as evenly as it was taken: all of it as late as the latest lately was, pictures and
// sound alike. Bounded: past `MOST_WAITING` the oldest goes at once.

export interface Timed {
  readonly capturedUs: number;
}

/** Ten seconds of pictures and sound. */
const MOST_WAITING = 800;
const MOST_DELAY_US = 3_000_000;
/** How much of the delay is kept from burst to burst where none was as late. */
const KEPT = 0.995;

export class EvenPace<Unit extends Timed> {
  readonly #nowUs: () => number;
  readonly #give: (unit: Unit) => void;
  #waiting: Unit[] = [];
  #delayUs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `nowUs` is the clock of `capturedUs`. */
  constructor(nowUs: () => number, give: (unit: Unit) => void) {
    this.#nowUs = nowUs;
    this.#give = give;
  }

  put(burst: readonly Unit[]): void {
    const [oldest] = burst;
    if (!oldest) return;
    const lateUs = Math.min(MOST_DELAY_US, this.#nowUs() - oldest.capturedUs);
    this.#delayUs = Math.max(lateUs, this.#delayUs * KEPT);
    this.#waiting = [...this.#waiting, ...burst].sort((a, b) => a.capturedUs - b.capturedUs);
    this.#go();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #go(): void {
    clearTimeout(this.#timer);
    const nowUs = this.#nowUs();
    const isDue = (unit: Unit, left: number) => left > MOST_WAITING || unit.capturedUs + this.#delayUs <= nowUs;
    let due = 0;
    for (let unit = this.#waiting[0]; unit && isDue(unit, this.#waiting.length - due); unit = this.#waiting[due]) {
      due += 1;
      this.#give(unit);
    }
    this.#waiting = this.#waiting.slice(due);
    const [next] = this.#waiting;
    if (next) this.#timer = setTimeout(() => this.#go(), (next.capturedUs + this.#delayUs - nowUs) / 1000);
  }
}
