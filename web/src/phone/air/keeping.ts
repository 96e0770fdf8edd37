// While somebody is on air, the phone records beside the stream in full quality, onto the shelf as it comes, and sends it
// afterwards like any piece, with the stream it belongs to and when it began on the show's clock: the film is made from it,
// not from what the line carried. What a killed tab had recorded is sent by the next page (outbox.ts).
import { newId } from "../../shared/ids.ts";
import { Watchable } from "../../shared/watchable.ts";
import type { Id } from "../../wire.ts";
import type { Piece } from "../outbox/piece.ts";
import { roomBytes } from "../outbox/room.ts";
import { Spool } from "../outbox/spool.ts";
import { fileNameFor } from "../recording/formats.ts";
import { Recording } from "../recording/recording.ts";
import type { Services } from "../services.ts";

/** A piece of this length at most; the next one begins where it ends. */
const LONGEST_S = 20 * 60;
/** A phone with less room than this keeps what it has for what people make by hand. */
const LEAVE_BYTES = 150e6;
const NO_ROOM = "No room on this phone to record you as well. You are live all the same.";
const ONE_AT_A_TIME = "This browser cannot record you as well. You are live all the same.";

type PieceOf = (sizeBytes: number, mediaType: string) => Piece;

export class Keeping extends Watchable {
  /** What the person should know, and need do nothing about; or empty. */
  notice = "";
  readonly #services: Services;
  #isAllowed: boolean;
  #recording: Recording | null = null;
  #stream: MediaStream | null = null;

  constructor(services: Services, isAllowed: boolean) {
    super();
    this.#services = services;
    this.#isAllowed = isAllowed && "MediaRecorder" in globalThis && services.shelf.keeps;
  }

  /** Record `stream`; it is asked for again and again, and begins once. */
  begin(stream: MediaStream, streamId: Id): void {
    if (!this.#isAllowed || stream === this.#stream) return;
    this.stop();
    this.#stream = stream;
    void roomBytes().then((bytes) => {
      if (stream !== this.#stream) return;
      this.#note(bytes > LEAVE_BYTES ? "" : NO_ROOM);
      if (bytes > LEAVE_BYTES) this.#record(stream, streamId);
    });
  }

  /** Stop recording, for now or for good; what there is goes up once the line is free. */
  stop(): void {
    this.#stream = null;
    this.#recording?.stop();
    this.#recording = null;
  }

  /** The stream comes first: where this browser cannot do both, nothing more is recorded on this page. */
  giveWay(): void {
    if (!this.#recording) return;
    this.#isAllowed = false;
    this.stop();
    this.#note(ONE_AT_A_TIME);
  }

  #record(stream: MediaStream, streamId: Id): void {
    try {
      this.#recording = this.#begun(stream, streamId);
    } catch {
      // Some have one encoder, and it is the stream's.
      this.#isAllowed = false;
      this.#note(ONE_AT_A_TIME);
    }
  }

  #begun(stream: MediaStream, streamId: Id): Recording {
    const { hub, shelf } = this.#services;
    const kind = stream.getVideoTracks().length ? "video" : "sound";
    const contributionId = newId();
    let startedUs = hub.clock.nowUs();
    const pieceOf: PieceOf = (sizeBytes, mediaType) => ({
      ...this.#common(),
      contributionId,
      kind,
      mediaType,
      fileName: fileNameFor(kind, mediaType),
      sizeBytes,
      live: { streamId, startedUs },
    });
    const growing = (sizeBytes: number, mediaType: string) => ({
      piece: { ...pieceOf(sizeBytes, mediaType), isOpen: true },
    });
    const recording = new Recording({
      kind,
      stream,
      longestS: LONGEST_S,
      spool: (failed) => new Spool({ shelf, id: contributionId, kind, growing, leaveBytes: LEAVE_BYTES, failed }),
      started: () => {
        startedUs = hub.clock.nowUs();
      },
    });
    void recording.finished.then(() => this.#finished(recording, pieceOf, streamId));
    return recording;
  }

  async #finished(recording: Recording, pieceOf: PieceOf, streamId: Id): Promise<void> {
    const { sizeBytes, mediaType, trouble } = recording.spool;
    // No room even for this: the next page finds it, and the stream itself was kept by the stage, as it came.
    if (sizeBytes) await this.#services.outbox.add(pieceOf(sizeBytes, mediaType), null).catch(() => undefined);
    if (recording !== this.#recording || !this.#stream) return;
    if (trouble) this.#note(NO_ROOM);
    else if (!sizeBytes) this.giveWay();
    else if (recording.elapsedS >= LONGEST_S) this.#record(this.#stream, streamId);
  }

  #common() {
    const { hub, person } = this.#services;
    return {
      showId: hub.welcome?.showId ?? "",
      text: "You, live",
      // For the film afterwards; it was on stage already, and nobody said yes to a second time.
      consent: { ...person.consent, stage: false },
      promptId: null,
      parents: [],
      trim: null,
      madeAtMs: Date.now(),
      uploadUrl: null,
      refusal: null,
    };
  }

  #note(notice: string): void {
    this.notice = notice;
    this.changed();
  }
}
