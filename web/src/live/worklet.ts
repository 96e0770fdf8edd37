// The listening worklet: one channel of samples in blocks of ten milliseconds, handed straight to the publishing worker. A
// file of its own (`air_worklet.js`), on the sound card's thread: it copies and leaves.

declare const sampleRate: number;
declare function registerProcessor(name: string, made: unknown): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const BLOCK_S = 0.01;

class Listener extends AudioWorkletProcessor {
  #to: MessagePort | null = null;
  #block = new Float32Array(Math.round(sampleRate * BLOCK_S));
  #filled = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort>) => {
      this.#to = data;
    };
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const channels = inputs[0] ?? [];
    const frames = channels[0]?.length ?? 128;
    for (let i = 0; i < frames; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i] ?? 0;
      this.#block[this.#filled++] = channels.length ? sum / channels.length : 0;
      if (this.#filled === this.#block.length) this.#give();
    }
    return true;
  }

  #give(): void {
    this.#to?.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(Math.round(sampleRate * BLOCK_S));
    this.#filled = 0;
  }
}

registerProcessor("houselights-listener", Listener);
