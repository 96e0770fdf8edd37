// The last word on flashing, on the phone itself: whatever is asked, the screen never flashes more than WCAG 2.3.1 allows.
// The same reckoning as live/flash_limits.py, moment by moment: a change that would be one too many waits.
import type { Rgb } from "./envelope.ts";

const WINDOW_MS = 1000;
const MAX_FLASHES = 3;
const MAX_RED_FLASHES = 1;
const LEAST_CHANGE = 0.1;
const DARK = 0.8;
const RED_SHARE = 0.8;
const LEAST_RED = 20 / 320;

export class FlashGuard {
  readonly #light = new Turns(LEAST_CHANGE, DARK, MAX_FLASHES * 2);
  readonly #red = new Turns(LEAST_RED, 1, MAX_RED_FLASHES * 2);
  #shown: Rgb = [0, 0, 0];
  /** How often a change had to wait. */
  held = 0;

  /** What may be shown now where `color` is asked for; `nowMs` never falls. */
  allow(color: Rgb, nowMs: number): Rgb {
    const light = luminance(color);
    const red = redness(color);
    if (!this.#light.may(light, nowMs) || !this.#red.may(red, nowMs)) {
      this.held += 1;
      return this.#shown;
    }
    this.#light.take(light, nowMs);
    this.#red.take(red, nowMs);
    this.#shown = color;
    return color;
  }
}

/** Counts when a level turned by at least `least` in the last second, and says whether one more would be too many. */
class Turns {
  #times: number[] = [];
  #low = 0;
  #high = 0;
  #rising: boolean | null = null;

  constructor(
    readonly least: number,
    readonly dark: number,
    readonly most: number,
  ) {}

  may(level: number, nowMs: number): boolean {
    while (this.#times.length && nowMs - (this.#times[0] as number) > WINDOW_MS) this.#times.shift();
    return !this.#turns(level) || this.#times.length < this.most;
  }

  take(level: number, nowMs: number): void {
    const turn = this.#turns(level);
    if (turn) {
      this.#times.push(nowMs);
      this.#rising = turn === "up";
      if (this.#rising) this.#high = level;
      else this.#low = level;
    }
    if (this.#rising !== false) this.#high = Math.max(this.#high, level);
    if (this.#rising !== true) this.#low = Math.min(this.#low, level);
  }

  #turns(level: number): "up" | "down" | null {
    if (this.#rising !== true && level - this.#low >= this.least && this.#low < this.dark) return "up";
    if (this.#rising !== false && this.#high - level >= this.least && level < this.dark) return "down";
    return null;
  }
}

export function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function redness(color: Rgb): number {
  const [red, green, blue] = color.map(linear) as [number, number, number];
  const total = red + green + blue;
  return total > 0 && red / total >= RED_SHARE ? Math.max(0, red - green - blue) : 0;
}

function linear(part: number): number {
  const share = part / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}
