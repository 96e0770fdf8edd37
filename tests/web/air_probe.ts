// A page that publishes without a phone's page around it: the publisher itself, a camera that is a canvas with the time in its
// strip (tests/time_strip.py), and a clock that is the machine's own. Bundled by tests/web/air_hall.py.
import { abilities, chooseTier, type Tier } from "../../web/src/live/ladder.ts";
import type { Target } from "../../web/src/live/pressure.ts";
import { Publisher } from "../../web/src/live/publisher.ts";
import { SoundEncoder } from "../../web/src/live/sound_encoder.ts";
import type { DescribedTrack } from "../../web/src/live/words.ts";
import type { Wants } from "../../web/src/wire.ts";

const CELLS = 40;
const PICTURES_PER_S = 20;
const epochUs = () => (performance.timeOrigin + performance.now()) * 1000;

interface Asked {
  readonly streamId: string;
  /** Null: the best there is. */
  readonly tier: Tier | null;
  readonly wants: Wants;
  readonly files: { readonly worker: string; readonly worklet: string };
  readonly width: number;
  readonly height: number;
  readonly packetMs?: number;
  readonly videoCodec?: string;
  readonly target?: Target;
  /** The browser's own camera in place of the canvas. */
  readonly hasCamera?: boolean;
  /** A picture that cannot be made small. */
  readonly noise?: boolean;
}

class Probe {
  publisher: Publisher | null = null;
  readonly canvas = document.createElement("canvas");
  readonly #context = this.canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
  #stream: MediaStream | null = null;
  #noise: ImageData | null = null;

  async publish(asked: Asked): Promise<string> {
    this.turn(asked.width, asked.height);
    if (asked.noise) this.#makeNoise(asked.width, asked.height);
    setInterval(() => this.#draw(), 1000 / PICTURES_PER_S);
    const stream = new MediaStream();
    if (asked.hasCamera) {
      const seen = await navigator.mediaDevices.getUserMedia({ video: { width: asked.width, height: asked.height } });
      for (const track of seen.getTracks()) stream.addTrack(track);
    } else if (asked.wants !== "microphone") {
      for (const track of this.canvas.captureStream().getTracks()) stream.addTrack(track);
    }
    if (asked.wants !== "camera") {
      const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const heard = await navigator.mediaDevices.getUserMedia({ audio });
      for (const track of heard.getTracks()) stream.addTrack(track);
    }
    this.#stream = stream;
    const tier = chooseTier(asked.tier, abilities());
    this.publisher = new Publisher({ ...asked, tier, clock: { isSynchronised: true, nowUs: epochUs } });
    this.publisher.setStream(stream);
    return tier;
  }

  /** The stamps of packets, in ms, for blocks of sound that begin at `at` ms, 20 ms each. */
  async soundStamps(at: readonly number[]): Promise<number[]> {
    const stamps: number[] = [];
    const encoder = new SoundEncoder(20, true, {
      described: () => {},
      unit: (_, capturedUs) => stamps.push(capturedUs / 1000),
    });
    const rest = () => new Promise((done) => setTimeout(done, 10));
    for (const ms of at) {
      const block = { channels: [new Float32Array(960).fill(0.1)], sampleRateHz: 48_000, capturedUs: ms * 1000 };
      const before = stamps.length;
      do {
        encoder.take(block);
        await rest();
      } while (stamps.length === 0 && before === 0 && ms === at[0]);
    }
    for (let tries = 0; tries < 50 && (stamps.at(-1) ?? 0) < (at.at(-1) ?? 0) - 25; tries++) await rest();
    encoder.close();
    return stamps;
  }

  /** Some 0.8 s of a tone of another pitch on each side, in packets of `packetMs`: what was described, and the packets. */
  async soundSent(packetMs: number, mayEncode: boolean): Promise<{ tracks: DescribedTrack[]; packets: number[][] }> {
    const tracks: DescribedTrack[] = [];
    const packets: number[][] = [];
    const encoder = new SoundEncoder(packetMs, mayEncode, {
      described: (track) => tracks.push(track),
      unit: (payload) => packets.push([...bytesOf(payload)]),
    });
    const tone = (hz: number, from: number) =>
      new Float32Array(480).map((_, i) => 0.3 * Math.sin((2 * Math.PI * hz * (from + i)) / 48_000));
    for (let from = 0; from < 48_000; from += 480) {
      encoder.take({ channels: [tone(500, from), tone(2000, from)], sampleRateHz: 48_000, capturedUs: from / 0.048 });
      await new Promise((done) => setTimeout(done, 1));
    }
    while (packets.length < 600 / packetMs) await new Promise((done) => setTimeout(done, 5));
    encoder.close();
    return { tracks, packets };
  }

  /** As a phone that is turned. */
  turn(width: number, height: number): void {
    Object.assign(this.canvas, { width, height });
  }

  /** As a phone that is locked for a moment, or called. */
  pause(): void {
    this.publisher?.setStream(null);
  }

  resume(): void {
    this.publisher?.setStream(this.#stream);
  }

  #makeNoise(width: number, height: number): void {
    this.#noise = new ImageData(width, height);
    for (let at = 0; at < this.#noise.data.length; at += 65_536) {
      crypto.getRandomValues(this.#noise.data.subarray(at, Math.min(at + 65_536, this.#noise.data.length)));
    }
  }

  #draw(): void {
    const { width, height } = this.canvas;
    const context = this.#context;
    const ticks = Math.floor(epochUs() / 100) % 2 ** 32;
    for (let x = 0; x < 16; x++) {
      context.fillStyle = `hsl(${(x * 22 + ticks / 300) % 360} 60% 50%)`;
      context.fillRect((x * width) / 16, 0, width / 16 + 1, height);
    }
    if (this.#noise) context.putImageData(this.#noise, (ticks * 7) % 64, (ticks * 5) % 32);
    const bytes = [ticks >>> 24, (ticks >>> 16) & 255, (ticks >>> 8) & 255, ticks & 255];
    const check = bytes.reduce((sum, byte) => sum ^ byte, 0x5a);
    const bits = [...bytes, check].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> (7 - bit)) & 1));
    bits.forEach((bit, cell) => {
      context.fillStyle = bit ? "#ebebeb" : "#101010";
      const left = Math.floor((cell * width) / CELLS);
      context.fillRect(left, 0, Math.floor(((cell + 1) * width) / CELLS) - left, height / 8);
    });
  }
}

function bytesOf(payload: EncodedAudioChunk | Uint8Array): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  const bytes = new Uint8Array(payload.byteLength);
  payload.copyTo(bytes);
  return bytes;
}

Object.assign(window, { probe: new Probe() });
