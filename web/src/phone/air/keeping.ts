// While somebody is on air, the phone records beside the stream in full quality, onto the shelf as it comes, and sends it
// afterwards like any piece, with the stream it belongs to and when it began on the show's clock: the film is made from it,
// not from what the line carried. What a killed tab had recorded is sent by the next page (outbox.ts).
import type { AskedInAddress } from "../../live/asked.ts";
import type { Size } from "../../live/devices.ts";
import type { Figures } from "../../live/words.ts";
import { newId } from "../../shared/ids.ts";
import { Watchable } from "../../shared/watchable.ts";
import type { Id } from "../../wire.ts";
import type { Piece } from "../outbox/piece.ts";
import { roomBytes } from "../outbox/room.ts";
import { Spool } from "../outbox/spool.ts";
import { fileNameFor } from "../recording/formats.ts";
import { Recording } from "../recording/recording.ts";
import type { Services } from "../services.ts";
import { askDevice, bitsPerS, firstQuality, LEAST, QUALITIES, type Quality, Strain } from "./quality.ts";

/** A piece of this length at most; the next one begins where it ends. So the phone's clock and the show's stay together to a
 * fraction of a picture, and a line that breaks in the middle of an upload costs a part of the evening. */
const LONGEST_S = 5 * 60;
const SOUND_BITS_PER_S = 192_000;
/** A phone with less room than this keeps what it has for what people make by hand. */
const LEAVE_BYTES = 150e6;
const NO_ROOM = "No room on this phone to record you as well. You are live all the same.";
const ONE_AT_A_TIME = "This browser cannot record you as well. You are live all the same.";

/** A camera that does not answer what is asked of it must not keep the stream waiting. */
const CAMERA_WITHIN_MS = 1_500;

/** Do something to the camera's track while nobody else has a copy of it. */
export type Alone = (does: () => Promise<void>) => Promise<void>;

type PieceOf = (sizeBytes: number, mediaType: string) => Piece;

export class Keeping extends Watchable {
  /** What the person should know, and need do nothing about; or empty. */
  notice = "";
  readonly #services: Services;
  readonly #alone: Alone;
  #isAllowed: boolean;
  #recording: Recording | null = null;
  #stream: MediaStream | null = null;
  #streamId: Id | null = null;
  readonly #first: Promise<number>;
  /** How many steps it went down, on this page, lest the stream suffer. */
  #steps = 0;
  #strain = new Strain();
  #looked: Figures | null = null;

  constructor(services: Services, asked: AskedInAddress, alone: Alone) {
    super();
    this.#services = services;
    this.#alone = alone;
    this.#isAllowed = asked.mayRecord && "MediaRecorder" in globalThis && services.shelf.keeps;
    this.#first = this.#isAllowed
      ? askDevice().then((said) => firstQuality(said, asked.recordPx))
      : Promise.resolve(QUALITIES.indexOf(LEAST));
  }

  /** How large the camera's pictures should be. */
  readonly size = async (): Promise<Size> => this.#quality();

  /** Record `stream`; it is asked for again and again, and begins once. */
  begin(stream: MediaStream, streamId: Id): void {
    if (!this.#isAllowed || stream === this.#stream) return;
    this.stop();
    this.#stream = stream;
    this.#streamId = streamId;
    void Promise.all([roomBytes(), this.#quality()]).then(([bytes, quality]) => {
      if (stream !== this.#stream) return;
      this.#note(bytes > LEAVE_BYTES ? "" : NO_ROOM);
      if (bytes > LEAVE_BYTES) this.#record(stream, streamId, quality);
    });
  }

  /** How the stream is doing: where it suffers, the recording goes on in less. */
  look(figures: Figures): void {
    const recording = this.#recording;
    if (figures === this.#looked || !recording) return;
    this.#looked = figures;
    if (this.#strain.look(figures, recording.silentMs)) void this.#stepDown(recording);
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

  async #quality(): Promise<Quality> {
    return QUALITIES[(await this.#first) + this.#steps] ?? LEAST;
  }

  /** The next recording begins when this one has let its encoder go. */
  async #stepDown(recording: Recording): Promise<void> {
    const before = await this.#quality();
    this.#strain = new Strain();
    this.#steps += 1;
    const quality = await this.#quality();
    if (recording !== this.#recording || quality === before) return;
    const [stream, streamId] = [this.#stream, this.#streamId];
    this.stop();
    if (!stream || !streamId) return;
    this.#stream = stream;
    const [camera] = stream.getVideoTracks();
    // Of a track that has copies Chromium's recorder goes on taking all that the camera gives, whatever the track says.
    if (camera && quality.heightPx !== before.heightPx) await this.#alone(() => resize(camera, quality));
    await recording.finished;
    if (stream === this.#stream && !this.#recording) this.#record(stream, streamId, quality);
  }

  #record(stream: MediaStream, streamId: Id, quality: Quality): void {
    try {
      this.#recording = this.#begun(stream, streamId, quality);
    } catch {
      // Some have one encoder, and it is the stream's.
      this.#isAllowed = false;
      this.#note(ONE_AT_A_TIME);
    }
  }

  #begun(stream: MediaStream, streamId: Id, quality: Quality): Recording {
    const { hub, shelf } = this.#services;
    const [camera] = stream.getVideoTracks();
    const kind = camera ? "video" : "sound";
    const contributionId = newId();
    // Not at the recorder's `start` event, which comes when its encoder is ready, a quarter of a second too late.
    const startedUs = hub.clock.nowUs();
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
      soundBitsPerS: SOUND_BITS_PER_S,
      pictureBitsPerS: bitsPerS(quality, camera?.getSettings() ?? {}),
      spool: (failed) => new Spool({ shelf, id: contributionId, kind, growing, leaveBytes: LEAVE_BYTES, failed }),
    });
    void recording.finished.then(() => this.#finished(recording, pieceOf));
    return recording;
  }

  async #finished(recording: Recording, pieceOf: PieceOf): Promise<void> {
    const { sizeBytes, mediaType, trouble } = recording.spool;
    // No room even for this: the next page finds it, and the stream itself was kept by the stage, as it came.
    if (sizeBytes) await this.#services.outbox.add(pieceOf(sizeBytes, mediaType), null).catch(() => undefined);
    const [stream, streamId] = [this.#stream, this.#streamId];
    if (recording !== this.#recording || !stream || !streamId) return;
    if (trouble) this.#note(NO_ROOM);
    else if (!sizeBytes) this.giveWay();
    else if (recording.elapsedS >= LONGEST_S) this.#record(stream, streamId, await this.#quality());
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

async function resize(camera: MediaStreamTrack, { widthPx, heightPx }: Quality): Promise<void> {
  const wish = { width: { ideal: widthPx, max: widthPx }, height: { ideal: heightPx, max: heightPx } };
  const late = new Promise<void>((resolve) => setTimeout(resolve, CAMERA_WITHIN_MS));
  await Promise.race([camera.applyConstraints(wish).catch(() => undefined), late]);
}
