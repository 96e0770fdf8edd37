// Being live on this phone: what the hub says of this person goes in, and camera, microphone, stream, recording and the
// waking screen follow it. No markup. A page loaded in the middle of it finds the same words of the hub and goes on.
import { type AskedInAddress, askedInAddress } from "../../live/asked.ts";
import { Devices } from "../../live/devices.ts";
import { publishingFiles } from "../../live/files.ts";
import { abilities, chooseTier } from "../../live/ladder.ts";
import { Publisher } from "../../live/publisher.ts";
import { Watchable } from "../../shared/watchable.ts";
import type { Ack, AudienceAct, Id, MyAirView, Seat, Wants } from "../../wire.ts";
import { Listening } from "../recording/listening.ts";
import type { Services } from "../services.ts";
import { Keeping } from "./keeping.ts";
import { isLive, type Showing, showing } from "./showing.ts";

/** Buzzes, in milliseconds: asked, about to be on air, on air. */
const BUZZ: Partial<Record<Showing, number[]>> = { invited: [200, 100, 200], called: [120], on_air: [500] };
const PACKET_MS = 20;
/** Taken up while live; how the microphone is treated is asked for when it is opened, and is left as it is until then. */
const PERFORMER_PACKET_MS = 10;
/** A stream that is a recorder's work and stands still this long beside a second recorder: it cannot do both. */
const STALLED_MS = 4_000;
/** A phone that locks itself hears no invitation, and an invitation lapses. */
const AWAKE = new Set<Showing>(["asking", "invited", "getting_ready", "called", "on_air"]);

export class Session extends Watchable {
  devices: Devices | null = null;
  publisher: Publisher | null = null;
  listening: Listening | null = null;
  shows: Showing = "ask";
  /** Why the hub did not do what was asked last; a sentence, or empty. */
  refusal = "";
  readonly #services: Services;
  readonly #asked: AskedInAddress = askedInAddress();
  readonly #keeping: Keeping;
  #wasLive = false;
  #wasPaused = false;
  #streamId: Id | null = null;
  #heard: MediaStream | null = null;

  constructor(services: Services) {
    super();
    this.#services = services;
    this.#keeping = new Keeping(services, this.#asked, (does) => this.#withoutCopies(does));
    this.#keeping.watch(() => this.changed());
    services.hub.things.watch(() => this.#follow());
    this.#follow();
  }

  get myAir(): MyAirView | null {
    return this.#services.hub.things.myAir;
  }

  /** What the person should know and need do nothing about; or empty. */
  get notice(): string {
    return this.#keeping.notice;
  }

  /** The host says so, or the page's address. */
  get #isPerformer(): boolean {
    return this.#asked.isPerformer || (this.#services.hub.things.me?.performer ?? false);
  }

  get #packetMs(): number {
    return this.#isPerformer ? PERFORMER_PACKET_MS : PACKET_MS;
  }

  /** Show time now. */
  nowUs(): number {
    return this.#services.hub.clock.nowUs();
  }

  raise(wants: Wants): Promise<boolean> {
    return this.#ask({ type: "raise_hand", wants });
  }

  lower(): Promise<boolean> {
    return this.#ask({ type: "lower_hand" });
  }

  answer(accepted: boolean): Promise<boolean> {
    const streamId = this.myAir?.streamId;
    return streamId ? this.#ask({ type: "answer_invitation", streamId, accepted }) : Promise.resolve(false);
  }

  tellSeat(seat: Seat): Promise<boolean> {
    return this.#ask({ type: "tell_seat", seat });
  }

  async join(): Promise<boolean> {
    const callId = this.#services.hub.things.call?.callId;
    return callId ? this.#ask({ type: "join_call", callId }) : false;
  }

  /** Off at once: the camera goes dark here and now, whatever the line does. */
  async leave(): Promise<boolean> {
    const streamId = this.myAir?.streamId;
    this.#end();
    this.changed();
    return streamId ? this.#ask({ type: "leave_air", streamId }) : true;
  }

  /** Take the stream back from another page or phone of the same person. */
  takeBack(): void {
    if (this.#streamId) this.#begin(this.#streamId, this.myAir?.wants ?? "both");
  }

  /** What was over has been read. */
  forget(): void {
    this.#wasLive = false;
    this.refusal = "";
    this.#show();
  }

  async #ask(act: AudienceAct): Promise<boolean> {
    this.refusal = "";
    const ack: Ack = await this.#services.hub.act(act);
    if (!ack.ok) this.refusal = ack.problem?.message ?? "That did not work. Try again.";
    this.changed();
    return ack.ok;
  }

  #follow(): void {
    const { myAir } = this;
    const streamId = isLive(myAir) ? (myAir?.streamId ?? null) : null;
    if (myAir?.state && myAir.state !== "asking") this.#wasLive = true;
    if (streamId !== this.#streamId) {
      this.#end();
      this.#streamId = streamId;
      if (streamId) this.#begin(streamId, myAir?.wants ?? "both");
    }
    const { isPaused } = this.#services.outbox;
    // What was refused for it may be asked again.
    if (this.#wasPaused && !isPaused) this.refusal = "";
    this.#wasPaused = isPaused;
    this.publisher?.setPacketMs(this.#packetMs);
    if (myAir?.state === "on_air") this.#keep();
    else this.#keeping.stop();
    this.#show();
  }

  #show(): void {
    const before = this.shows;
    this.shows = showing({ myAir: this.myAir, wasLive: this.#wasLive });
    if (before !== this.shows) {
      navigator.vibrate?.(BUZZ[this.shows] ?? []);
      // Not at every piece of news: a second lock asked for beside the first would be nobody's to release.
      if (AWAKE.has(this.shows)) void this.#services.wakeLock.hold("air");
      else this.#services.wakeLock.release("air");
    }
    this.changed();
  }

  #begin(streamId: Id, wants: Wants): void {
    this.publisher?.close();
    if (!this.devices) {
      this.devices = new Devices({ wants, isPerformer: this.#isPerformer, size: this.#keeping.size });
      this.devices.watch(() => this.#devicesChanged());
      void this.devices.open();
    }
    this.publisher = new Publisher({
      streamId,
      wants,
      tier: chooseTier(this.#asked.tier, abilities()),
      clock: this.#services.hub.clock,
      files: publishingFiles(),
      packetMs: this.#packetMs,
      videoCodec: this.#asked.codec,
    });
    this.publisher.watch(() => this.#published());
    this.publisher.setStream(this.devices.stream);
  }

  #devicesChanged(): void {
    const { devices } = this;
    if (!devices) return;
    this.publisher?.setStream(devices.stream);
    if (devices.stream !== this.#heard) {
      this.#heard = devices.stream;
      this.#keeping.stop();
      this.listening?.close();
      const [microphone] = devices.stream?.getAudioTracks() ?? [];
      this.listening = devices.stream && microphone ? new Listening(devices.stream, microphone) : null;
      this.listening?.watch(() => this.changed());
      if (this.shows === "on_air") this.#keep();
    }
    this.changed();
  }

  #published(): void {
    if ((this.publisher?.recorderSilentMs ?? 0) > STALLED_MS) this.#keeping.giveWay();
    if (this.publisher?.figures) this.#keeping.look(this.publisher.figures);
    this.changed();
  }

  /** The stream's copies of the tracks go meanwhile: it stands still for a moment. */
  async #withoutCopies(does: () => Promise<void>): Promise<void> {
    const { publisher } = this;
    publisher?.setStream(null);
    await does();
    if (publisher === this.publisher) publisher?.setStream(this.devices?.stream ?? null);
  }

  /** Beside the stream, in full quality. */
  #keep(): void {
    if (this.devices?.stream && this.#streamId && this.publisher && this.publisher.tier !== "e")
      this.#keeping.begin(this.devices.stream, this.#streamId);
  }

  #end(): void {
    this.#keeping.stop();
    this.listening?.close();
    this.publisher?.close();
    this.devices?.close();
    this.listening = null;
    this.publisher = null;
    this.devices = null;
    this.#heard = null;
  }
}
