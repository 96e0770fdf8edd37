// Records a stream, a second at a time, into a spool: until told to stop, until its longest time is over, until the device goes
// away or the spool takes no more. What becomes of it afterwards is its maker's to say.
import { own } from "../outbox/owner.ts";
import type { Spool } from "../outbox/spool.ts";
import { recordableType } from "./formats.ts";

const PIECE_MS = 1000;
const SOUND_BITS_PER_S = 128_000;
const PICTURE_BITS_PER_S = 2_500_000;

export interface RecordingOptions {
  readonly kind: "sound" | "video";
  readonly stream: MediaStream;
  readonly longestS: number;
  /** As for what people make by hand where it is not said. */
  readonly soundBitsPerS?: number;
  readonly pictureBitsPerS?: number;
  /** Called once; what it is handed ends the recording. */
  readonly spool: (stop: () => void) => Spool;
}

export class Recording {
  readonly spool: Spool;
  /** Resolves when it is over, for whatever reason, and what there is of it is kept. */
  readonly finished: Promise<void>;
  readonly #recorder: MediaRecorder;
  readonly #startedMs = performance.now();
  #endedMs: number | null = null;
  #gaveMs = performance.now();
  readonly #limit: ReturnType<typeof setTimeout>;

  constructor({ kind, stream, longestS, spool, ...bits }: RecordingOptions) {
    const mimeType = recordableType(kind);
    this.#recorder = new MediaRecorder(stream, {
      ...(mimeType ? { mimeType } : {}),
      audioBitsPerSecond: bits.soundBitsPerS ?? SOUND_BITS_PER_S,
      ...(kind === "video" ? { videoBitsPerSecond: bits.pictureBitsPerS ?? PICTURE_BITS_PER_S } : {}),
    });
    this.spool = spool(() => this.stop());
    const stopped = new Promise((resolve) => {
      this.#recorder.onstop = resolve;
    });
    this.finished = stopped.then(() => this.#settle());
    own(this.spool.id, this.finished);
    this.#recorder.ondataavailable = ({ data }) => {
      this.#gaveMs = performance.now();
      this.spool.add(data);
    };
    // After an error the recorder stops by itself and gives what it has.
    this.#recorder.onerror = () => undefined;
    document.addEventListener("visibilitychange", this.#hidden);
    this.#recorder.start(PIECE_MS);
    this.#limit = setTimeout(() => this.stop(), longestS * 1000);
  }

  get elapsedS(): number {
    return ((this.#endedMs ?? performance.now()) - this.#startedMs) / 1000;
  }

  /** For how long the recorder has given nothing. */
  get silentMs(): number {
    return this.#recorder.state === "recording" ? performance.now() - this.#gaveMs : 0;
  }

  stop(): void {
    clearTimeout(this.#limit);
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  async #settle(): Promise<void> {
    this.#endedMs = performance.now();
    clearTimeout(this.#limit);
    document.removeEventListener("visibilitychange", this.#hidden);
    await this.spool.settled;
  }

  /** A page out of sight may be killed without a word: keep what there is of this second. */
  readonly #hidden = (): void => {
    if (document.visibilityState === "hidden" && this.#recorder.state === "recording") this.#recorder.requestData();
  };
}
