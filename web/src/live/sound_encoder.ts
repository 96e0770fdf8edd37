// Sound in, Opus out, or plain samples where Opus is missing. Takes what the microphone really gives (44.1 kHz stereo
// although 48 kHz mono was asked for is the normal case), and cuts it into packets: speech mixed to one channel, music of
// performers and the desk with the two it came with.
import type { DescribedTrack } from "./words.ts";

const SPEECH_KBITS_PER_S = 32;
/** A channel. */
const MUSIC_KBITS_PER_S = 64;
/** Packets that are no longer than this are a performer's. */
const MUSIC_MS = 10;
const MOST_BEHIND = 20;
/** Chromium stamps its packets by counting samples on from the first block: past this its count is no time any more. */
const MOST_OFF_US = 40_000;

export interface SoundListener {
  described(track: DescribedTrack): void;
  unit(payload: EncodedAudioChunk | Uint8Array, capturedUs: number): void;
}

/** Samples, −1…1, one or two channels, each as long as the others; and the show time of the first. */
export interface Block {
  readonly channels: readonly Float32Array<ArrayBuffer>[];
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
  #channels = 1;
  #isChoosing = false;

  constructor(
    private packetMs: number,
    private readonly mayEncode: boolean,
    private readonly listener: SoundListener,
  ) {}

  take(block: Block): void {
    if (this.#isChoosing) return;
    // A device that gave two channels once is not opened anew each time that it gives one.
    const channels = this.packetMs > MUSIC_MS ? 1 : Math.max(this.#channels, block.channels.length);
    const isAsBefore = block.sampleRateHz === this.#rateHz && channels === this.#channels;
    if (!isAsBefore || (!this.#plain && this.#encoder?.state !== "configured")) {
      this.#channels = channels;
      void this.#choose(block.sampleRateHz);
      return;
    }
    const sound = { ...block, channels: inChannels(block.channels, channels) };
    if (this.#plain) this.#plain.take(sound);
    else this.#encode(sound);
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
    const config = opusConfig(rateHz, this.packetMs, this.#channels);
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
    this.listener.described(describe("opus", 48_000, this.packetMs, this.#channels));
  }

  #openPlain(): void {
    this.#encoder = null;
    this.#plain = new PlainPackets(this.#rateHz, this.packetMs, this.#channels, (payload, capturedUs) =>
      this.listener.unit(payload, capturedUs),
    );
    this.listener.described(describe("pcm-s16", this.#rateHz, this.packetMs, this.#channels));
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
      numberOfFrames: framesOf(block),
      numberOfChannels: block.channels.length,
      timestamp: block.capturedUs,
      data: joined(block.channels),
    });
    this.#encoder.encode(data);
    data.close();
  }

  /** After a gap, or where clocks drifted apart, let the encoder begin anew: it takes its time from the next block. */
  #keepTime(encoder: AudioEncoder, block: Block): void {
    const { capturedUs, sampleRateHz } = block;
    if (this.#config && this.#dueUs !== null && Math.abs(capturedUs - this.#dueUs) > MOST_OFF_US) {
      encoder.reset();
      encoder.configure(this.#config);
      this.#dueUs = null;
    }
    this.#dueUs = (this.#dueUs ?? capturedUs) + (framesOf(block) * 1e6) / sampleRateHz;
  }
}

/** Samples as 16-bit integers, little-endian, `packetMs` a packet; the channels take turns. */
class PlainPackets {
  readonly #values: number;
  #packet: Int16Array<ArrayBuffer>;
  #filled = 0;
  #startedUs = 0;

  constructor(
    private readonly rateHz: number,
    packetMs: number,
    channels: number,
    private readonly give: (payload: Uint8Array, capturedUs: number) => void,
  ) {
    this.#values = channels * Math.round((rateHz * packetMs) / 1000);
    this.#packet = new Int16Array(this.#values);
  }

  take(block: Block): void {
    for (let i = 0; i < framesOf(block); i++) {
      if (this.#filled === 0) this.#startedUs = block.capturedUs + (i * 1e6) / this.rateHz;
      for (const channel of block.channels) {
        const sample = Math.max(-1, Math.min(1, channel[i] ?? 0));
        this.#packet[this.#filled++] = Math.round(sample * 32767);
      }
      if (this.#filled === this.#values) {
        this.give(new Uint8Array(this.#packet.buffer), this.#startedUs);
        this.#packet = new Int16Array(this.#values);
        this.#filled = 0;
      }
    }
  }
}

/** The channels of a browser's sound; of more than two the first two. */
export function channelsOf(data: AudioData): Float32Array<ArrayBuffer>[] {
  return Array.from({ length: Math.min(2, data.numberOfChannels) }, (_, planeIndex) => {
    const channel = new Float32Array(data.numberOfFrames);
    data.copyTo(channel, { planeIndex, format: "f32-planar" });
    return channel;
  });
}

export function framesOf(block: Block): number {
  return block.channels[0]?.length ?? 0;
}

/** Two mixed into one, or one taken for both. */
function inChannels(channels: Block["channels"], count: number): Block["channels"] {
  const [left, right] = channels;
  if (channels.length === count || !left) return channels;
  return right ? [left.map((sample, i) => (sample + (right[i] ?? 0)) / 2)] : [left, left];
}

function joined(channels: Block["channels"]): Float32Array<ArrayBuffer> {
  const [only] = channels;
  if (channels.length === 1 && only) return only;
  const all = new Float32Array(channels.reduce((length, channel) => length + channel.length, 0));
  let at = 0;
  for (const channel of channels) {
    all.set(channel, at);
    at += channel.length;
  }
  return all;
}

function opusConfig(sampleRate: number, packetMs: number, numberOfChannels: number): AudioEncoderConfig {
  const kbitsPerS = packetMs > MUSIC_MS ? SPEECH_KBITS_PER_S : MUSIC_KBITS_PER_S * numberOfChannels;
  const opus = { frameDuration: packetMs * 1000, application: "lowdelay" };
  return { codec: "opus", sampleRate, numberOfChannels, bitrate: kbitsPerS * 1000, opus } as AudioEncoderConfig;
}

function describe(codec: string, sampleRateHz: number, packetMs: number, channels: number): DescribedTrack {
  const picture = { widthPx: 0, heightPx: 0, rotation: 0, fullRange: null, matrix: null } as const;
  return { kind: "audio", codec, sampleRateHz, channels, annexb: true, description: "", packetMs, ...picture };
}
