// The listening worklet: one or two channels of samples in blocks of ten milliseconds, handed straight to the publishing
// worker. A file of its own (`air_worklet.js`), on the sound card's thread: it copies and leaves.

declare const sampleRate: number;
declare function registerProcessor(name: string, made: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const BLOCK_FRAMES = Math.round(sampleRate * 0.01);
const MOST_CHANNELS = 2;

class Listener extends AudioWorkletProcessor {
  #to: MessagePort | null = null;
  #block = emptyBlock();
  #filled = 0;
  /** How many channels came for this block. */
  #channels = 1;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort>) => {
      this.#to = data;
    };
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const channels = inputs[0] ?? [];
    const frames = channels[0]?.length ?? 128;
    for (let from = 0; from < frames; ) {
      const to = Math.min(frames, from + BLOCK_FRAMES - this.#filled);
      this.#block.forEach((side, at) => {
        // One channel is for both sides: the second may come in the middle of a block.
        const heard = channels[at] ?? channels[0];
        if (heard) side.set(heard.subarray(from, to), this.#filled);
      });
      this.#channels = Math.min(MOST_CHANNELS, Math.max(this.#channels, channels.length));
      this.#filled += to - from;
      from = to;
      if (this.#filled === BLOCK_FRAMES) this.#give();
    }
    return true;
  }

  #give(): void {
    const given = this.#block.slice(0, this.#channels);
    this.#to?.postMessage(
      given,
      given.map((side) => side.buffer),
    );
    this.#block = emptyBlock();
    this.#filled = 0;
    this.#channels = 1;
  }
}

function emptyBlock(): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: MOST_CHANNELS }, () => new Float32Array(BLOCK_FRAMES));
}

registerProcessor("houselights-listener", Listener);
