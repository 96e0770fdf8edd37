// What flows into a publication, in the worker: streams of pictures and sound, or the blocks of a worklet. Each is read until
// its end or until another takes its place. Times: a device's own stamps are brought to show time here.
import { trackProcessor } from "./browser.ts";
import type { Publication } from "./publication.ts";
import { RecorderFile } from "./recorder_file.ts";
import { channelsOf } from "./sound_encoder.ts";
import { Stamps } from "./stamps.ts";

const UNDER_WAY_MS = 1_000;

export class Sources {
  #pictures: ReadableStreamDefaultReader<VideoFrame> | null = null;
  #sound: ReadableStreamDefaultReader<AudioData> | null = null;
  #port: MessagePort | null = null;
  #track: MediaStreamTrack | null = null;
  #file: RecorderFile | null = null;

  constructor(private readonly publication: Publication) {}

  /** Pictures as the page reads them. */
  readPictures(readable: ReadableStream<VideoFrame>): void {
    this.#stopPictures();
    const reader = readable.getReader();
    this.#pictures = reader;
    void this.#pumpPictures(reader);
  }

  /** The camera's track itself. Throws where workers cannot read tracks. */
  readCamera(track: MediaStreamTrack): void {
    const Processor = trackProcessor();
    if (!Processor) throw new Error("this browser's workers read no tracks");
    this.readPictures(new Processor<VideoFrame>({ track, maxBufferSize: 1 }).readable);
    this.#track = track;
  }

  readSound(readable: ReadableStream<AudioData>): void {
    this.#stopSound();
    const reader = readable.getReader();
    this.#sound = reader;
    void this.#pumpSound(reader);
  }

  /** The blocks of the page's worklet, which come here past the page's thread. */
  readPort(port: MessagePort, sampleRateHz: number): void {
    this.#stopSound();
    this.#port = port;
    const stamps = new Stamps();
    let frames = 0;
    port.onmessage = ({ data: channels }: MessageEvent<Float32Array<ArrayBuffer>[]>) => {
      const startedUs = (frames * 1e6) / sampleRateHz;
      const count = channels[0]?.length ?? 0;
      frames += count;
      const tookUs = (count * 1e6) / sampleRateHz;
      const capturedUs = stamps.captured(startedUs, this.publication.nowUs() - tookUs);
      this.publication.takeSound({ channels, sampleRateHz, capturedUs });
    };
  }

  /** A recorder's MP4 in pieces. Throws where it is none that can be taken apart. */
  readFile(isFirst: boolean, bytes: ArrayBuffer, takenUs: number): void {
    this.#file ??= new RecorderFile(this.publication);
    this.#file.take(isFirst, bytes, takenUs);
  }

  close(): void {
    this.#stopPictures();
    this.#stopSound();
    this.#file?.close();
    this.#file = null;
  }

  async #pumpPictures(reader: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    const stamps = new Stamps();
    while (true) {
      const { value } = await reader.read().catch(() => ({ value: undefined }));
      if (!value) return;
      if (reader !== this.#pictures) {
        value.close();
        continue;
      }
      this.publication.takePicture(value, stamps.captured(value.timestamp, this.publication.nowUs()));
    }
  }

  async #pumpSound(reader: ReadableStreamDefaultReader<AudioData>): Promise<void> {
    const stamps = new Stamps();
    while (true) {
      const { value } = await reader.read().catch(() => ({ value: undefined }));
      if (!value) return;
      if (reader === this.#sound) {
        const tookUs = (value.numberOfFrames * 1e6) / value.sampleRate;
        const capturedUs = stamps.captured(value.timestamp, this.publication.nowUs() - tookUs);
        this.publication.takeSound({ channels: channelsOf(value), sampleRateHz: value.sampleRate, capturedUs });
      }
      value.close();
      if (reader !== this.#sound) return;
    }
  }

  #stopPictures(): void {
    const reader = this.#pictures;
    this.#pictures = null;
    // The camera stops, and its stream with it. What is under way between page and worker is read until then and closed:
    // cancelled, it would hold the camera's memory until the browser finds it.
    if (reader) setTimeout(() => void reader.cancel().catch(() => undefined), UNDER_WAY_MS);
    this.#track?.stop();
    this.#track = null;
  }

  #stopSound(): void {
    void this.#sound?.cancel().catch(() => undefined);
    this.#sound = null;
    this.#port?.close();
    this.#port = null;
  }
}
