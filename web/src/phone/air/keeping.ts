// While somebody is on air, the phone records beside the stream in full quality, and sends it afterwards like any piece, with
// the stream it belongs to and when it began on the show's clock: the film is made from it, not from what the line carried.
import { newId } from "../../shared/ids.ts";
import type { Id } from "../../wire.ts";
import type { Piece } from "../outbox/piece.ts";
import { fileNameFor, mediaTypeOf, recordableType } from "../recording/formats.ts";
import type { Services } from "../services.ts";

const PICTURE_BITS_PER_S = 2_500_000;
const SOUND_BITS_PER_S = 128_000;
const LONGEST_MS = 20 * 60_000;
/** A phone with less room than this keeps what it has for what people make by hand. */
const LEAST_ROOM_BYTES = 400e6;

interface Kept {
  readonly bytes: Blob;
  readonly said: string;
  readonly kind: "sound" | "video";
  readonly streamId: Id;
  readonly startedUs: number;
}

export class Keeping {
  readonly #services: Services;
  readonly #isAllowed: boolean;
  #recorder: MediaRecorder | null = null;
  #stream: MediaStream | null = null;
  #limit: ReturnType<typeof setTimeout> | undefined;
  /** Recorded and not sent yet: the line is for the stream while it lasts. */
  #waiting: Promise<Kept>[] = [];

  constructor(services: Services, isAllowed: boolean) {
    this.#services = services;
    this.#isAllowed = isAllowed && "MediaRecorder" in globalThis;
  }

  /** Record `stream`; it is asked for again and again, and begins once. */
  begin(stream: MediaStream, streamId: Id): void {
    if (!this.#isAllowed || stream === this.#stream) return;
    this.stop();
    this.#stream = stream;
    void hasRoom().then((is) => {
      if (is && stream === this.#stream) this.#record(stream, streamId);
    });
  }

  /** Stop recording, for now: the camera changes. */
  stop(): void {
    clearTimeout(this.#limit);
    if (this.#recorder && this.#recorder.state !== "inactive") this.#recorder.stop();
    this.#recorder = null;
    this.#stream = null;
  }

  /** It is over: send what was recorded. */
  finish(): void {
    this.stop();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const kept of waiting) void kept.then((one) => this.#send(one));
  }

  #record(stream: MediaStream, streamId: Id): void {
    const kind = stream.getVideoTracks().length ? "video" : "sound";
    const mimeType = recordableType(kind);
    const recorder = new MediaRecorder(stream, {
      ...(mimeType ? { mimeType } : {}),
      audioBitsPerSecond: SOUND_BITS_PER_S,
      ...(kind === "video" ? { videoBitsPerSecond: PICTURE_BITS_PER_S } : {}),
    });
    const chunks: Blob[] = [];
    let startedUs = this.#services.hub.clock.nowUs();
    recorder.onstart = () => {
      startedUs = this.#services.hub.clock.nowUs();
    };
    recorder.ondataavailable = ({ data }) => {
      if (data.size) chunks.push(data);
    };
    const kept = new Promise<Kept>((resolve) => {
      recorder.onstop = () => {
        const said = recorder.mimeType || chunks[0]?.type || mimeType;
        resolve({ bytes: new Blob(chunks), said, kind, streamId, startedUs });
      };
    });
    this.#waiting.push(kept);
    recorder.start(1000);
    this.#recorder = recorder;
    this.#limit = setTimeout(() => recorder.state !== "inactive" && recorder.stop(), LONGEST_MS);
  }

  async #send({ bytes, said, kind, streamId, startedUs }: Kept): Promise<void> {
    if (!bytes.size) return;
    const { hub, outbox, person } = this.#services;
    const mediaType = await mediaTypeOf(bytes, said, kind);
    const piece: Piece = {
      contributionId: newId(),
      showId: hub.welcome?.showId ?? "",
      kind,
      text: "You, live",
      // For the film afterwards; it was on stage already, and nobody said yes to a second time.
      consent: { ...person.consent, stage: false },
      promptId: null,
      parents: [],
      trim: null,
      mediaType,
      fileName: fileNameFor(kind, mediaType),
      sizeBytes: bytes.size,
      madeAtMs: Date.now(),
      uploadUrl: null,
      refusal: null,
      live: { streamId, startedUs },
    };
    // No room after all: the stream itself was kept by the stage, as it came.
    await outbox.add(piece, bytes).catch(() => undefined);
  }
}

async function hasRoom(): Promise<boolean> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  if (!estimate?.quota) return true;
  return estimate.quota - (estimate.usage ?? 0) > LEAST_ROOM_BYTES;
}
