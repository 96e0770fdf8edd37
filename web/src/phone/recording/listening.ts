// Listens to a microphone while it records: how loud, whether anything is heard at all, and whether somebody took it away.
// Only measures; the recording itself does not pass through here.
import { Watchable } from "../../shared/watchable.ts";

/** Below this peak (−60 dBFS) a microphone that works hears more: even a quiet hall does. */
const SILENT_PEAK = 0.001;
const SILENT_AFTER_MS = 2_500;
const LOOK_EVERY_MS = 60;

export type Trouble = "silent" | "interrupted" | "ended" | null;

export class Listening extends Watchable {
  /** 0…1, on a scale of 60 dB, of the last look. */
  level = 0;
  trouble: Trouble = null;
  /** Whether anything was heard; null where this browser lets us not measure. */
  heard: boolean | null = null;

  readonly #track: MediaStreamTrack;
  readonly #context: AudioContext | null;
  readonly #analyser: AnalyserNode | null;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #timer: ReturnType<typeof setInterval>;
  #quietSinceMs = performance.now();

  constructor(stream: MediaStream, track: MediaStreamTrack) {
    super();
    this.#track = track;
    const Context = globalThis.AudioContext;
    this.#context = Context ? new Context() : null;
    this.#analyser = this.#context?.createAnalyser() ?? null;
    this.#samples = new Float32Array(this.#analyser?.fftSize ?? 0);
    if (this.#context && this.#analyser) {
      this.#context.createMediaStreamSource(stream).connect(this.#analyser);
      void this.#context.resume().catch(() => undefined);
    }
    for (const event of ["mute", "unmute", "ended"]) track.addEventListener(event, this.#trackChanged);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const event of ["mute", "unmute", "ended"]) this.#track.removeEventListener(event, this.#trackChanged);
    void this.#context?.close().catch(() => undefined);
  }

  #look(): void {
    if (this.#context?.state !== "running" || !this.#analyser) {
      // A phone call suspends the context: then silence says nothing.
      this.#quietSinceMs = performance.now();
      return;
    }
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const peak = this.#samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.level = Math.max(0, Math.min(1, 1 + (20 * Math.log10(peak + 1e-9)) / 60));
    this.heard = this.heard === true || peak > SILENT_PEAK;
    if (peak > SILENT_PEAK) this.#quietSinceMs = performance.now();
    const isQuiet = performance.now() - this.#quietSinceMs > SILENT_AFTER_MS;
    if (isQuiet && this.trouble === null) this.trouble = "silent";
    else if (!isQuiet && this.trouble === "silent") this.trouble = null;
    this.changed();
  }

  readonly #trackChanged = (event: Event): void => {
    if (event.type === "ended") this.trouble = "ended";
    else if (this.trouble !== "ended") this.trouble = event.type === "mute" ? "interrupted" : null;
    this.changed();
  };
}

/** What to say to the person, and what to do about it. */
export function troubleInWords(trouble: Trouble): string {
  switch (trouble) {
    case "silent":
      return "We hear nothing. Is the microphone covered or switched off?";
    case "interrupted":
      return "Another app took the microphone (a call?). Nothing is heard until it gives it back.";
    case "ended":
      return "The microphone went away. What was recorded until then is kept.";
    default:
      return "";
  }
}
