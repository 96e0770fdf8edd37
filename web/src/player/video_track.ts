/**
 * H.264 packets in, pictures out, by WebCodecs.
 *
 * An error and a decoder that falls behind end the same way: wait for the next key picture, and ask for one. Gaps need no
 * watching for: the socket loses nothing, and where the hub skips, it goes on with a key picture.
 */

import type { Track } from "../wire.ts";
import type { MediaPacket } from "./packets.ts";

/**
 * More undecoded packets than this (a third of a second) for this long, and the decoder cannot follow: skip to a key
 * picture. A late joiner is given up to two seconds at once and works that off in a moment: that is not being behind.
 */
const MAX_BEHIND = 10;
const BEHIND_FOR_MS = 1000;
const BT709 = { primaries: "bt709", transfer: "bt709" } as const;
/** Packets kept while the browser is still asked whether it can decode them. */
const MAX_EARLY = 64;

export interface VideoTrackListener {
  picture(frame: VideoFrame, capturedUs: number): void;
  needKey(): void;
  /** The browser cannot decode this at all. */
  unsupported(): void;
}

export class VideoTrack {
  #decoder: VideoDecoder | null = null;
  #config: VideoDecoderConfig | null = null;
  #early: MediaPacket[] = [];
  #waitsForKey = true;
  #asked = 0;
  #followedAtMs = performance.now();

  constructor(private readonly listener: VideoTrackListener) {}

  async configure(track: Track): Promise<void> {
    this.close();
    const config: VideoDecoderConfig = { codec: track.codec, optimizeForLatency: true };
    // Safari's H.264 comes with lengths, and its parameter sets beside it.
    if (track.description) config.description = bytesOf(track.description);
    // The stage goes by the matrix that was told, so that is what is seen here; without, by what the packets say themselves.
    const matrix = track.matrix as VideoMatrixCoefficients | null; // the type knows no bt2020-ncl, browsers do
    if (matrix) config.colorSpace = { ...BT709, matrix, fullRange: track.fullRange ?? false };
    const asked = ++this.#asked;
    const support = await VideoDecoder.isConfigSupported(config).catch(() => null);
    if (asked !== this.#asked) return; // another hello came meanwhile, or all is over
    if (!support?.supported) {
      this.listener.unsupported();
      return;
    }
    this.#config = config;
    const early = this.#early;
    this.#early = [];
    for (const packet of early) this.take(packet);
  }

  take(packet: MediaPacket): void {
    if (!this.#config) {
      if (packet.key) this.#early = [];
      if (this.#early.length < MAX_EARLY) this.#early.push(packet);
      return;
    }
    if (!packet.key && (this.#waitsForKey || this.#isBehind())) {
      this.#waitsForKey = true;
      this.listener.needKey();
      return;
    }
    if (this.#waitsForKey) this.#followedAtMs = performance.now();
    this.#waitsForKey = false;
    this.#decode(this.#config, packet);
  }

  close(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#asked += 1;
    this.#decoder = null;
    this.#config = null;
    this.#early = [];
    this.#waitsForKey = true;
  }

  #isBehind(): boolean {
    const now = performance.now();
    if ((this.#decoder?.decodeQueueSize ?? 0) <= MAX_BEHIND) this.#followedAtMs = now;
    return now - this.#followedAtMs > BEHIND_FOR_MS;
  }

  #decode(config: VideoDecoderConfig, packet: MediaPacket): void {
    if (!this.#decoder || this.#decoder.state === "closed") {
      this.#decoder = this.#open(config);
    }
    const type = packet.key ? "key" : "delta";
    try {
      this.#decoder.decode(new EncodedVideoChunk({ type, timestamp: packet.capturedUs, data: packet.payload }));
    } catch {
      this.#startOver(); // a key picture that is none, say
    }
  }

  #startOver(): void {
    if (this.#decoder && this.#decoder.state !== "closed") this.#decoder.close();
    this.#decoder = null;
    this.#waitsForKey = true;
    this.listener.needKey();
  }

  #open(config: VideoDecoderConfig): VideoDecoder {
    const decoder = new VideoDecoder({
      output: (frame) => this.listener.picture(frame, frame.timestamp),
      error: () => this.#startOver(),
    });
    decoder.configure(config);
    return decoder;
  }
}

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
