// The page of the latency benchmark: a canvas that is redrawn 30 times a second with the time in its strip, sent by the phone's
// own publisher or by WebRTC; and, in another window, the program's player with what it draws read back.
import { Program } from "../../web/src/player/program.ts";
import { abilities, chooseTier, type Tier } from "../../web/src/live/ladder.ts";
import { Publisher } from "../../web/src/live/publisher.ts";

const CELLS = 40;
const SEED = 0x5a;
/** Animation frames come 60 times a second; every second one is drawn. */
const EVERY = 2;
const GATHERED_WITHIN_MS = 10_000;
const epochUs = () => (performance.timeOrigin + performance.now()) * 1000;
const ticksNow = () => Math.floor(epochUs() / 100) % 2 ** 32;

function bitsOf(ticks: number): number[] {
  const bytes = [ticks >>> 24, (ticks >>> 16) & 255, (ticks >>> 8) & 255, ticks & 255];
  const check = bytes.reduce((sum, byte) => sum ^ byte, SEED);
  return [...bytes, check].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => (byte >> (7 - bit)) & 1));
}

/** A moving picture with detail, its strip always the time at which it was drawn. */
class Camera {
  readonly canvas = document.createElement("canvas");
  #frames = 0;

  constructor(width: number, height: number) {
    Object.assign(this.canvas, { width, height });
    document.body.append(this.canvas);
    const context = this.canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    const draw = () => {
      if (this.#frames++ % EVERY === 0) this.#draw(context, width, height);
      requestAnimationFrame(draw);
    };
    draw();
  }

  #draw(context: CanvasRenderingContext2D, width: number, height: number): void {
    for (let x = 0; x < 32; x++) {
      for (let y = 0; y < 18; y++) {
        context.fillStyle = `hsl(${(x * 11 + y * 29 + this.#frames) % 360} 60% ${30 + ((x * 7 + y * 13) % 40)}%)`;
        context.fillRect((x * width) / 32, (y * height) / 18, width / 32 + 1, height / 18 + 1);
      }
    }
    bitsOf(ticksNow()).forEach((bit, cell) => {
      context.fillStyle = bit ? "#ebebeb" : "#101010";
      const left = Math.floor((cell * width) / CELLS);
      context.fillRect(left, 0, Math.floor(((cell + 1) * width) / CELLS) - left, height / 8);
    });
  }
}

interface Asked {
  readonly streamId: string;
  readonly tier: Tier;
  readonly files: { readonly worker: string; readonly worklet: string };
}

class Latency {
  #camera: Camera | null = null;
  #publisher: Publisher | null = null;
  #connection: RTCPeerConnection | null = null;

  camera(width: number, height: number): void {
    this.#camera ??= new Camera(width, height);
  }

  publish(asked: Asked): string {
    const tier = chooseTier(asked.tier, abilities());
    const clock = { isSynchronised: true, nowUs: epochUs };
    this.#publisher = new Publisher({ ...asked, wants: "camera", tier, clock });
    this.#publisher.setStream(this.#stream());
    return tier;
  }

  async offer(): Promise<string> {
    const connection = new RTCPeerConnection({ iceServers: [] });
    this.#connection = connection;
    for (const track of this.#stream().getTracks()) connection.addTrack(track);
    await connection.setLocalDescription(await connection.createOffer());
    const late = AbortSignal.timeout(GATHERED_WITHIN_MS);
    while (connection.iceGatheringState !== "complete") {
      await new Promise((done, fail) => {
        connection.addEventListener("icegatheringstatechange", done, { once: true });
        late.addEventListener("abort", () => fail(new Error("expected ICE candidates, got none: is there a network?")));
      });
    }
    return connection.localDescription?.sdp ?? "";
  }

  async answer(sdp: string): Promise<void> {
    await this.#connection?.setRemoteDescription({ type: "answer", sdp });
  }

  stop(): void {
    this.#publisher?.close();
    this.#connection?.close();
    this.#publisher = this.#connection = null;
  }

  #stream(): MediaStream {
    if (!this.#camera) throw new Error("expected a camera first");
    return this.#camera.canvas.captureStream();
  }
}

/** Draws the program and notes, after each drawing, what its strip says and when that was. */
class Viewer {
  readonly seen: [number[], number][] = [];

  watch(): void {
    const canvas = document.createElement("canvas");
    document.body.append(canvas);
    const { seen } = this;
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...given: unknown[]) {
      Reflect.apply(draw, this, given);
      const ticks = ticksNow();
      const { width, height } = this.canvas;
      const row = this.getImageData(0, Math.floor(height / 16), width, 1).data;
      const at = (cell: number) => row[4 * Math.floor(((cell + 0.5) * width) / CELLS)] ?? 0;
      seen.push([Array.from({ length: CELLS }, (_, cell) => (at(cell) > 127 ? 1 : 0)), ticks]);
    } as typeof draw;
    new Program(canvas, "webcodecs", { playing: () => {}, unsupported: () => {} });
  }

  /** Delays in milliseconds of the pictures whose strip could be read; the notes begin afresh. */
  take(): number[] {
    const delays: number[] = [];
    for (const [bits, ticks] of this.seen.splice(0)) {
      const bytes = Array.from({ length: 5 }, (_, n) => bits.slice(8 * n, 8 * n + 8).reduce((sum, bit) => sum * 2 + bit, 0));
      const [a = 0, b = 0, c = 0, d = 0, check = 0] = bytes;
      if ((SEED ^ a ^ b ^ c ^ d) !== check) continue;
      delays.push((ticks - (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d)) / 10);
    }
    return delays;
  }
}

Object.assign(window, { latency: new Latency(), viewer: new Viewer() });
