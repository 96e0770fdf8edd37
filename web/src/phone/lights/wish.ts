// What this phone's owner wishes of the light show: kept on the phone, never told to anybody.
import { Watchable } from "../../shared/watchable.ts";

const KEY = "houselights.lights";

interface Kept {
  /** null: never asked. Then screens light up where motion is welcome; sound and lamp wait to be asked. */
  readonly joins: boolean | null;
}

class Wish extends Watchable {
  #kept: Kept = { joins: null };

  constructor() {
    super();
    try {
      this.#kept = { ...this.#kept, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
    } catch {
      // Unreadable or forbidden: begin as new.
    }
  }

  get joins(): boolean | null {
    return this.#kept.joins;
  }

  /** Whether the screen may light up. Who wants less motion is asked first. */
  get allowsLight(): boolean {
    return this.#kept.joins ?? !wantsLessMotion();
  }

  keep(joins: boolean): void {
    this.#kept = { joins };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#kept));
    } catch {
      // No room: it holds until the page is closed.
    }
    this.changed();
  }
}

export const wantsLessMotion = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const wish = new Wish();
