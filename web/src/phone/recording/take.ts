// One take: bytes that a person recorded or picked, before they decided to send them.

import { LONGEST_S, type MediaKind } from "../kinds.ts";
import { fileNameFor, mediaTypeOf, recordableType } from "./formats.ts";

export interface Take {
  readonly kind: MediaKind;
  readonly bytes: Blob;
  readonly mediaType: string;
  readonly fileName: string;
  /** Known for recordings; a picked file tells when it is played. */
  readonly durationS: number | null;
  /** Something the person should know before sending ("we heard nothing"), or empty. */
  readonly warning: string;
}

export async function takeOfFile(kind: MediaKind, file: File): Promise<Take> {
  const mediaType = await mediaTypeOf(file, file.type, kind);
  return {
    kind,
    bytes: file,
    mediaType,
    fileName: file.name || fileNameFor(kind, mediaType),
    durationS: null,
    warning: "",
  };
}

/** Take the picture that the viewfinder shows now. */
export async function takePhoto(viewfinder: HTMLVideoElement): Promise<Take> {
  const canvas = document.createElement("canvas");
  canvas.width = viewfinder.videoWidth;
  canvas.height = viewfinder.videoHeight;
  canvas.getContext("2d")?.drawImage(viewfinder, 0, 0);
  const bytes = await new Promise<Blob | null>((give) => canvas.toBlob(give, "image/jpeg", 0.92));
  if (!bytes?.size) throw new Error("the camera gave no picture");
  return { kind: "photo", bytes, mediaType: "image/jpeg", fileName: "photo.jpg", durationS: null, warning: "" };
}

/** Records a stream until told to stop, until its longest time is over, or until the device goes away. */
export class Recording {
  readonly kind: "sound" | "video";
  /** Resolves when the recording is over, for whatever reason. */
  readonly finished: Promise<Take>;
  readonly #recorder: MediaRecorder;
  readonly #chunks: Blob[] = [];
  readonly #startedMs = performance.now();
  readonly #limit: ReturnType<typeof setTimeout>;

  constructor(kind: "sound" | "video", stream: MediaStream) {
    this.kind = kind;
    const mimeType = recordableType(kind);
    this.#recorder = new MediaRecorder(stream, {
      ...(mimeType ? { mimeType } : {}),
      audioBitsPerSecond: 128_000,
      ...(kind === "video" ? { videoBitsPerSecond: 2_500_000 } : {}),
    });
    this.finished = new Promise((resolve, reject) => {
      this.#recorder.ondataavailable = (event) => {
        if (event.data.size) this.#chunks.push(event.data);
      };
      this.#recorder.onstop = () => void this.#finish(mimeType).then(resolve, reject);
      // After an error the recorder stops by itself and gives what it has.
      this.#recorder.onerror = () => undefined;
    });
    this.#recorder.start(1000);
    this.#limit = setTimeout(() => this.stop(), LONGEST_S[kind] * 1000);
  }

  get elapsedS(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  stop(): void {
    clearTimeout(this.#limit);
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  async #finish(asked: string): Promise<Take> {
    clearTimeout(this.#limit);
    const durationS = this.elapsedS;
    const said = this.#recorder.mimeType || this.#chunks[0]?.type || asked;
    const raw = new Blob(this.#chunks);
    const mediaType = await mediaTypeOf(raw, said, this.kind);
    const bytes = new Blob([raw], { type: mediaType });
    return { kind: this.kind, bytes, mediaType, fileName: fileNameFor(this.kind, mediaType), durationS, warning: "" };
  }
}
