/**
 * Opus packets in, sound out: AudioDecoder, then buffers placed on the sound card's time by `Playout`.
 *
 * Made by a click only: browsers let no page sound before. It schedules plain buffers, so it needs no worklet module.
 */

import type { Track } from "../wire.ts";
import type { MediaPacket } from "./packets.ts";
import { Playout } from "./playout.ts";

export const canSound = (): boolean => "AudioDecoder" in window && "AudioContext" in window;

export class SoundTrack {
  readonly #context: AudioContext;
  readonly #playout = new Playout();
  #decoder: AudioDecoder | null = null;
  #track: Track | null = null;

  constructor() {
    this.#context = new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" });
    void this.#context.resume();
  }

  configure(track: Track): void {
    this.#track = track;
    this.#stop();
  }

  take(packet: MediaPacket): void {
    if (!this.#track || this.#context.state !== "running") return;
    this.#decoder ??= this.#open(this.#track);
    this.#decoder.decode(new EncodedAudioChunk({ type: "key", timestamp: packet.capturedUs, data: packet.payload }));
  }

  /** The show time that is coming out of the loudspeaker now; null while silent. */
  heardUs(): number | null {
    const heardAtS = this.#context.currentTime - (this.#context.outputLatency || 0);
    return this.#playout.heardUs(heardAtS);
  }

  close(): void {
    this.#stop();
    void this.#context.close();
  }

  #open(track: Track): AudioDecoder {
    const decoder = new AudioDecoder({
      output: (data) => this.#play(data),
      error: () => this.#stop(),
    });
    decoder.configure({
      codec: track.codec,
      sampleRate: track.sampleRateHz || 48_000,
      numberOfChannels: track.channels || 2,
    });
    return decoder;
  }

  #play(data: AudioData): void {
    const { numberOfChannels, numberOfFrames, sampleRate, timestamp } = data;
    const buffer = this.#context.createBuffer(numberOfChannels, numberOfFrames, sampleRate);
    for (let channel = 0; channel < numberOfChannels; channel += 1) {
      data.copyTo(buffer.getChannelData(channel), { planeIndex: channel, format: "f32-planar" });
    }
    data.close();
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    source.start(this.#playout.place(timestamp, numberOfFrames / sampleRate, this.#context.currentTime));
  }

  #stop(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
  }
}
