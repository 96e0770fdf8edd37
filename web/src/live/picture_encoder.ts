// Pictures in, H.264 or VP8 out. Follows what it is told to aim at and what the camera gives: another size, shape or rate
// configures the encoder anew, which makes the next picture a key picture. An encoder that hangs is replaced.
import { EncoderPulse } from "./encoder_pulse.ts";
import { HeldBack } from "./held_back.ts";
import { fitted, type Target } from "./pressure.ts";
import { Remedies } from "./remedies.ts";
import type { DescribedTrack } from "./words.ts";

/** H.264 first: phones have it in hardware, and the stage decodes it cheapest. */
const H264 = "avc1.42e01f";
/** Level 4.0, for more than 1280 × 720. */
const H264_LARGE = "avc1.42e028";
const VP8 = "vp8";
const LARGE_PX = 1280 * 720;
const MOST_FAILURES = 2;
/** Pictures that may wait for the encoder; what comes then is left out. */
const MOST_BEHIND = 2;

export interface EncoderListener {
  /** What the packets from here on are; said before the first of them and whenever it changes. */
  described(track: DescribedTrack): void;
  unit(chunk: EncodedVideoChunk): void;
  /** No codec of this browser works. */
  unable(reason: string): void;
}

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly rotation: 0 | 90 | 180 | 270;
}

export class PictureEncoder {
  #encoder: VideoEncoder | null = null;
  #codecs: string[];
  #config = "";
  #shape: Shape = { width: 0, height: 0, rotation: 0 };
  #isChoosing = false;
  #isChosen = false;
  #failures = 0;
  #said = "";
  /** Whether the browser says which colours the pictures have that go in. */
  #knowsColours = true;
  readonly #pulse = new EncoderPulse();
  readonly #held = new HeldBack();
  readonly #remedies = new Remedies();

  constructor(
    only: string | null,
    private readonly listener: EncoderListener,
  ) {
    this.#codecs = [H264, VP8].filter((codec) => !only || codec.startsWith(only));
  }

  /** Whether it can take a picture that is to be sent; to be asked for each of them. */
  hasRoom(): boolean {
    const hasRoom = (this.#encoder?.encodeQueueSize ?? 0) <= MOST_BEHIND;
    if (!hasRoom) this.#pulse.fed();
    return hasRoom;
  }

  get shape(): { readonly width: number; readonly height: number } {
    return this.#shape;
  }

  /** Encode a picture, which stays the caller's. False when it could not be taken (the encoder is being chosen). */
  encode(frame: VideoFrame, capturedUs: number, isKey: boolean, target: Target): boolean {
    const shape = shapeOf(frame, target.heightPx);
    if (!this.#isChosen) {
      void this.#choose(shape, target);
      return false;
    }
    const codec = this.#codecs[0];
    if (!codec) return false;
    const isNew = this.#configure(codec, shape, target);
    this.#knowsColours = frame.colorSpace.matrix !== null;
    const stamped = new VideoFrame(frame, { timestamp: capturedUs });
    try {
      this.#encoder?.encode(stamped, { keyFrame: isKey || isNew });
      this.#pulse.fed();
      this.#held.took();
    } finally {
      stamped.close();
    }
    return true;
  }

  /** To be called every LOOK_EVERY_MS: one that hangs goes, and where another hung within a minute, its codec too; so does
   * the codec of one that keeps pictures to itself, where there is another. */
  look(nowMs: number): void {
    const [codec, next] = this.#codecs;
    if (this.#encoder && this.#held.look(this.#encoder.encodeQueueSize) && codec && next) {
      this.close();
      this.#drop(codec, "the encoder keeps pictures back");
    }
    if (!this.#pulse.look()) return;
    this.close();
    if (codec && this.#remedies.frozen(nowMs) === "down") this.#drop(codec, "the encoder hangs");
  }

  close(): void {
    this.#pulse.begin();
    if (this.#encoder && this.#encoder.state !== "closed") this.#encoder.close();
    this.#encoder = null;
    this.#config = "";
  }

  async #choose(shape: Shape, target: Target): Promise<void> {
    if (this.#isChoosing || this.#isChosen) return;
    this.#isChoosing = true;
    while (this.#codecs[0]) {
      const config = configOf(this.#codecs[0], shape, target);
      const answer = await VideoEncoder.isConfigSupported(config).catch(() => null);
      if (answer?.supported) break;
      this.#codecs.shift();
    }
    this.#isChoosing = false;
    if (this.#codecs[0]) this.#isChosen = true;
    else this.listener.unable("this browser encodes neither H.264 nor VP8");
  }

  /** Returns whether the encoder begins anew. */
  #configure(codec: string, shape: Shape, target: Target): boolean {
    const config = configOf(codec, shape, target);
    const asText = JSON.stringify([config, shape.rotation]);
    const isOpen = this.#encoder !== null && this.#encoder.state !== "closed";
    if (isOpen && asText === this.#config) return false;
    const { width, height, rotation } = this.#shape;
    const isReshaped = width !== shape.width || height !== shape.height || rotation !== shape.rotation;
    // Another shape gets another encoder: some that are configured anew keep the old size in their headers.
    if (isReshaped) this.close();
    this.#encoder ??= this.#open(codec);
    if (this.#encoder.state === "closed") this.#encoder = this.#open(codec);
    this.#encoder.configure(config);
    this.#config = asText;
    this.#shape = shape;
    return isReshaped || !isOpen;
  }

  #open(codec: string): VideoEncoder {
    this.#held.begin();
    const encoder: VideoEncoder = new VideoEncoder({
      output: (chunk, metadata) => {
        if (encoder !== this.#encoder) return;
        if (metadata?.decoderConfig) this.#describe(codec, metadata.decoderConfig);
        this.#failures = 0;
        this.#pulse.gave();
        this.#held.gave();
        this.listener.unit(chunk);
      },
      error: (error) => {
        if (encoder === this.#encoder) this.#failed(codec, error);
      },
    });
    return encoder;
  }

  #failed(codec: string, error: DOMException): void {
    this.#encoder = null;
    this.#config = "";
    this.#failures += 1;
    if (this.#failures < MOST_FAILURES) return;
    this.#failures = 0;
    this.#drop(codec, `the encoder failed: ${error.message}`);
  }

  #drop(codec: string, reason: string): void {
    this.#codecs = this.#codecs.filter((one) => one !== codec);
    if (!this.#codecs.length) this.listener.unable(reason);
  }

  #describe(codec: string, config: VideoDecoderConfig): void {
    const { width, height, rotation } = this.#shape;
    const track = describe(config.codec || codec, width, height, rotation, config, this.#knowsColours);
    const asText = JSON.stringify(track);
    if (asText === this.#said) return;
    this.#said = asText;
    this.listener.described(track);
  }
}

function shapeOf(frame: VideoFrame, shorterPx: number): Shape {
  const rotation = (frame as { readonly rotation?: number }).rotation ?? 0;
  const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
  return {
    ...fitted(width, height, shorterPx),
    rotation: rotation === 90 || rotation === 180 || rotation === 270 ? rotation : 0,
  };
}

function configOf(codec: string, { width, height }: Shape, target: Target): VideoEncoderConfig {
  const isH264 = codec === H264;
  return {
    codec: isH264 && width * height > LARGE_PX ? H264_LARGE : codec,
    width,
    height,
    framerate: target.picturesPerS,
    bitrate: target.kbitsPerS * 1000,
    latencyMode: "realtime",
    // Never `hardwareAcceleration`: asking for hardware refuses browsers that have none, and Safari answers wrongly.
    ...(isH264 ? { avc: { format: "annexb" } } : {}),
  };
}

type Matrix = DescribedTrack["matrix"];
const MATRICES = new Set(["bt709", "smpte170m", "bt470bg", "bt2020-ncl", "rgb"]);

/** WebKit ignores the wish for annexb: what came is told by the description, which only length-prefixed H.264 has. Firefox says
 * BT.709 of whatever it encodes, makes BT.601 of a canvas, and takes a camera's colours for that too, as most do of them.
 */
function describe(
  codec: string,
  widthPx: number,
  heightPx: number,
  rotation: Shape["rotation"],
  config: VideoDecoderConfig,
  knowsColours: boolean,
): DescribedTrack {
  const space = config.colorSpace;
  const matrix = knowsColours ? space?.matrix : "smpte170m";
  // WebKit describes VP8 too, which nobody needs.
  const description = config.description && codec.startsWith("avc") ? base64(config.description) : "";
  return {
    kind: "video",
    codec,
    widthPx,
    heightPx,
    sampleRateHz: 0,
    channels: 0,
    annexb: description === "",
    rotation,
    fullRange: space?.fullRange ?? null,
    matrix: matrix && MATRICES.has(matrix) ? (matrix as Matrix) : null,
    description,
    packetMs: 0,
  };
}

function base64(bytes: AllowSharedBufferSource): string {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return btoa(String.fromCharCode(...view));
}
