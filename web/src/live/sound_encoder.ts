// Sound in, Opus out, or plain samples where Opus is missing. Takes what the microphone really gives (44.1 kHz stereo
// although 48 kHz mono was asked for is the normal case), mixes it to one channel, and cuts it into packets.
import type { DescribedTrack } from "./words.ts";

const KBITS_PER_S = 32;
const MOST_BEHIND = 20;
/** Chromium stamps its packets by counting samples on from the first block: past this its count is no time any more. */
const MOST_OFF_US = 40_000;

export interface SoundListener {
  described(track: DescribedTrack): void;
  unit(payload: EncodedAudioChunk | Uint8Array, capturedUs: number): void;
}

/** One channel of samples, −1…1, and the show time of the first. */
export interface Block {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly sampleRateHz: number;
  readonly capturedUs: number;
}

export class SoundEncoder {
  dropped = 0;
  #encoder: AudioEncoder | null = null;
  #config: AudioEncoderConfig | null = null;
  /** When the next block begins by the samples that the encoder was given; null: it was given none. */
  #dueUs: number | null = null;
  #plain: PlainPackets | null = null;
  #rateHz = 0;
  #isChoosing = false;

  constructor(
    private packetMs: number,
    private readonly mayEncode: boolean,
    private readonly listener: SoundListener,
  ) {}

  take(block: Block): void {
    if (this.#isChoosing) return;
    if (block.sampleRateHz !== this.#rateHz || (!this.#plain && this.#encoder?.state !== "configured")) {
      void this.#choose(block.sampleRateHz);
      return;
    }
    if (this.#plain) this.#plain.take(block);
    else this.#encode(block);
  }

  /** Another length of packets, from the next one on. */
  setPacketMs(packetMs: number): void {
    if (packetMs === this.packetMs) return;
    this.packetMs = packetMs;
    this.close();
  }

  close(): void {
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#encoder = null;
    this.#plain = null;
    this.#rateHz = 0;
  }

  async #choose(rateHz: number): Promise<void> {
    this.#isChoosing = true;
    this.close();
    this.#rateHz = rateHz;
    const config = opusConfig(rateHz, this.packetMs);
    const answer =
      this.mayEncode && "AudioEncoder" in globalThis
        ? await AudioEncoder.isConfigSupported(config).catch(() => null)
        : null;
    if (answer?.supported) this.#openOpus(config);
    else this.#openPlain();
    this.#isChoosing = false;
  }

  #openOpus(config: AudioEncoderConfig): void {
    const encoder: AudioEncoder = new AudioEncoder({
      output: (chunk) => {
        if (encoder === this.#encoder) this.listener.unit(chunk, chunk.timestamp);
      },
      // It is opened again with the next block; where it never works, samples go as they are.
      error: () => {
        if (encoder === this.#encoder) this.#openPlain();
      },
    });
    encoder.configure(config);
    this.#config = config;
    this.#dueUs = null;
    this.#encoder = encoder;
    this.listener.described(describe("opus", 48_000, this.packetMs));
  }

  #openPlain(): void {
    this.#encoder = null;
    this.#plain = new PlainPackets(this.#rateHz, this.packetMs, (payload, capturedUs) =>
      this.listener.unit(payload, capturedUs),
    );
    this.listener.described(describe("pcm-s16", this.#rateHz, this.packetMs));
  }

  #encode(block: Block): void {
    if (!this.#encoder || this.#encoder.encodeQueueSize > MOST_BEHIND) {
      this.dropped += 1;
      return;
    }
    this.#keepTime(this.#encoder, block);
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: block.sampleRateHz,
      numberOfFrames: block.samples.length,
      numberOfChannels: 1,
      timestamp: block.capturedUs,
      data: block.samples,
    });
    this.#encoder.encode(data);
    data.close();
  }

  /** After a gap, or where clocks drifted apart, let the encoder begin anew: it takes its time from the next block. */
  #keepTime(encoder: AudioEncoder, { capturedUs, samples, sampleRateHz }: Block): void {
    if (this.#config && this.#dueUs !== null && Math.abs(capturedUs - this.#dueUs) > MOST_OFF_US) {
      encoder.reset();
      encoder.configure(this.#config);
      this.#dueUs = null;
    }
    this.#dueUs = (this.#dueUs ?? capturedUs) + (samples.length * 1e6) / sampleRateHz;
  }
}

/** Samples as 16-bit integers, little-endian, `packetMs` a packet. */
class PlainPackets {
  readonly #frames: number;
  #packet: Int16Array<ArrayBuffer>;
  #filled = 0;
  #startedUs = 0;

  constructor(
    private readonly rateHz: number,
    packetMs: number,
    private readonly give: (payload: Uint8Array, capturedUs: number) => void,
  ) {
    this.#frames = Math.round((rateHz * packetMs) / 1000);
    this.#packet = new Int16Array(this.#frames);
  }

  take({ samples, capturedUs }: Block): void {
    for (let i = 0; i < samples.length; i++) {
      if (this.#filled === 0) this.#startedUs = capturedUs + (i * 1e6) / this.rateHz;
      const sample = Math.max(-1, Math.min(1, samples[i] ?? 0));
      this.#packet[this.#filled++] = Math.round(sample * 32767);
      if (this.#filled === this.#frames) {
        this.give(new Uint8Array(this.#packet.buffer), this.#startedUs);
        this.#packet = new Int16Array(this.#frames);
        this.#filled = 0;
      }
    }
  }
}

/** The channels of a browser's sound mixed into one. */
export function mono(data: AudioData): Float32Array<ArrayBuffer> {
  const mixed = new Float32Array(data.numberOfFrames);
  const one = new Float32Array(data.numberOfFrames);
  for (let channel = 0; channel < data.numberOfChannels; channel++) {
    data.copyTo(one, { planeIndex: channel, format: "f32-planar" });
    for (let i = 0; i < one.length; i++) mixed[i] = (mixed[i] ?? 0) + (one[i] ?? 0) / data.numberOfChannels;
  }
  return mixed;
}

function opusConfig(sampleRate: number, packetMs: number): AudioEncoderConfig {
  const opus = { frameDuration: packetMs * 1000, application: "lowdelay" };
  return { codec: "opus", sampleRate, numberOfChannels: 1, bitrate: KBITS_PER_S * 1000, opus } as AudioEncoderConfig;
}

function describe(codec: string, sampleRateHz: number, packetMs: number): DescribedTrack {
  const picture = { widthPx: 0, heightPx: 0, rotation: 0, fullRange: null, matrix: null } as const;
  return { kind: "audio", codec, sampleRateHz, channels: 1, annexb: true, description: "", packetMs, ...picture };
}
