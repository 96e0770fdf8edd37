// What this phone does in the light show, moment by moment: which cue runs on screen, lamp and speaker. Time is handed in.
import type { PhoneCue } from "../../wire.ts";
import { BLACK, channelOf, isLampOn, lastsUs, type Rgb, shown } from "./envelope.ts";
import { FlashGuard } from "./flash_guard.ts";

const KEPT = 32;

export interface Moment {
  readonly color: Rgb;
  /** This phone's word or letter, while words run. */
  readonly word: string;
  readonly lamp: boolean;
  /** A sound that begins now, once. */
  readonly sound: PhoneCue | null;
  /** Nothing runs and nothing is to come. */
  readonly isOver: boolean;
}

export class Show {
  readonly guard = new FlashGuard();
  #cues: PhoneCue[] = [];
  readonly #known = new Set<string>();
  #screen: PhoneCue | null = null;
  #before: Rgb = BLACK;
  #last: Rgb = BLACK;
  #sounded = "";

  /** Take a cue; one that is known already changes nothing. */
  take(cue: PhoneCue): boolean {
    if (this.#known.has(cue.cueId)) return false;
    this.#known.add(cue.cueId);
    // Off also ends what was told before it and is yet to come.
    const kept = cue.what.type === "off" ? this.#cues.filter((one) => one.atUs <= cue.atUs) : this.#cues;
    this.#cues = [...kept, cue].slice(-KEPT).sort((a, b) => a.atUs - b.atUs);
    return true;
  }

  /** The owner said stop: everything told so far is over. */
  stop(): void {
    this.#cues = [];
    this.#screen = null;
    this.#last = this.#before = BLACK;
  }

  get isIdle(): boolean {
    return this.#cues.length === 0;
  }

  /** When the next cue begins that has not begun; null: none is to come. */
  nextUs(nowUs: number): number | null {
    return this.#cues.find((cue) => cue.atUs > nowUs)?.atUs ?? null;
  }

  /** Whether the lamp has a cue that runs, or begins within `aheadUs`. */
  needsLamp(nowUs: number, aheadUs: number): boolean {
    return this.#cues.some(
      ({ what, atUs }) => what.type === "torch" && atUs - aheadUs <= nowUs && nowUs < atUs + lastsUs(what, 0),
    );
  }

  at(nowUs: number): Moment {
    this.#forget(nowUs);
    const screen = this.#running(nowUs, "screen");
    if (screen && screen !== this.#screen) this.#before = this.#last;
    this.#screen = screen;
    const asked = screen ? shown(screen.what, this.#before, screen.place ?? 0.5, nowUs - screen.atUs) : BLACK;
    this.#last = this.guard.allow(asked, nowUs / 1000);
    const lamp = this.#running(nowUs, "lamp");
    return {
      color: this.#last,
      word: screen?.what.type === "words" ? (screen.share ?? "") : "",
      lamp: lamp?.what.type === "torch" && isLampOn(lamp.what.pattern ?? "slow", nowUs - lamp.atUs),
      sound: this.#soundFrom(nowUs),
      isOver: this.#cues.length === 0,
    };
  }

  /** The newest that has begun; Off counts for every channel. */
  #running(nowUs: number, channel: "screen" | "lamp" | "sound"): PhoneCue | null {
    const begun = this.#cues.filter((cue) => cue.atUs <= nowUs && [channel, "all"].includes(channelOf(cue.what)));
    return begun.at(-1) ?? null;
  }

  /** Sounds are handed over a little early, so that the sound card can begin on time. */
  #soundFrom(nowUs: number): PhoneCue | null {
    const sound = this.#running(nowUs + 150_000, "sound");
    if (!sound || sound.cueId === this.#sounded) return null;
    this.#sounded = sound.cueId;
    return sound;
  }

  /** A cue is over when its time is, or once a newer one of its kind has begun: nothing comes back from under it. */
  #forget(nowUs: number): void {
    const begun = this.#cues.filter((cue) => cue.atUs <= nowUs);
    const isFollowed = (cue: PhoneCue) =>
      begun.slice(begun.indexOf(cue) + 1).some((later) => ["all", channelOf(cue.what)].includes(channelOf(later.what)));
    this.#cues = this.#cues.filter(
      (cue) => cue.atUs + lastsUs(cue.what, cue.place ?? 0.5) > nowUs && !(cue.atUs <= nowUs && isFollowed(cue)),
    );
  }
}
