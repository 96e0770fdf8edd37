// Everything this phone has made and the hub does not have yet. Keeps it, sends it, and goes on after anything: a reload, a
// killed tab, dead Wi-Fi, a restarted hub. Tells watchers what to show; what came of a piece later is in `Things.mine`.
import type { Hub } from "../../shared/hub.ts";
import { isFirstShow } from "../../shared/showing.ts";
import { Watchable } from "../../shared/watchable.ts";
import type { AudienceAct, Id } from "../../wire.ts";
import { isLive } from "../air/showing.ts";
import type { WakeLock } from "../recording/wake_lock.ts";
import { whenLeft } from "./owner.ts";
import type { Outcome, Piece } from "./piece.ts";
import { sendFile, sendText } from "./sending.ts";
import type { Shelf } from "./shelf.ts";

const FIRST_PAUSE_S = 1;
const LONGEST_PAUSE_S = 60;

/** A few words must not wait behind a long video. */
type Lane = "texts" | "files";

interface Try {
  attempts: number;
  notBeforeMs: number;
}

export class Outbox extends Watchable {
  /** Set when the hub no longer knows this phone: sending waits until it has joined again. */
  isUninvited = false;
  readonly #hub: Hub<AudienceAct>;
  readonly #shelf: Shelf;
  readonly #wakeLock: WakeLock;
  readonly #pieces = new Map<Id, Piece>();
  /** Safe on the hub, but the hub has not told us so on its own line yet. */
  readonly #arrived = new Map<Id, Piece>();
  readonly #sent = new Map<Id, number>();
  readonly #tries = new Map<Id, Try>();
  /** Made in this page, and not yet tried to the end. */
  readonly #fresh = new Set<Id>();
  readonly #busy = new Map<Lane, { readonly id: Id; readonly stop: AbortController }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(hub: Hub<AudienceAct>, shelf: Shelf, wakeLock: WakeLock) {
    super();
    this.#hub = hub;
    this.#shelf = shelf;
    this.#wakeLock = wakeLock;
  }

  /** Take up what an earlier page left, and begin to send. */
  async start(): Promise<void> {
    await this.#shelf.sweep();
    for (const piece of await this.#shelf.all()) {
      if (piece.isOpen) void whenLeft(piece.contributionId, () => this.#takeOver(piece.contributionId));
      else this.#pieces.set(piece.contributionId, piece);
    }
    for (const event of ["pageshow", "online"]) {
      addEventListener(event, (happened) => {
        if (isFirstShow(happened)) return;
        // What was under way when the phone slept or lost its network hangs for good.
        this.#busy.get("files")?.stop.abort();
        this.wake();
      });
    }
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.wake();
    });
    let line = this.#hub.line;
    this.#hub.watch(() => {
      // A whole hall comes back at the same moment: not everybody in the same second.
      const isBack = line === "away" && this.#hub.line === "connected";
      if (isBack) setTimeout(() => this.wake(), Math.random() * 1000);
      else if (line !== this.#hub.line) this.#go();
      line = this.#hub.line;
    });
    let isFree = this.#isLineFree;
    let { isPaused } = this;
    this.#hub.things.watch(() => {
      if (isPaused && !this.isPaused) this.wake();
      else if (!isFree && this.#isLineFree) this.#go();
      isFree = this.#isLineFree;
      isPaused = this.isPaused;
    });
    this.changed();
    this.#go();
  }

  /** Pieces that are not safe on the hub yet, oldest first. */
  get pieces(): readonly Piece[] {
    return [...this.#pieces.values()];
  }

  /** Pieces that are safe on the hub. */
  get arrived(): readonly Piece[] {
    return [...this.#arrived.values()];
  }

  bytesSent(id: Id): number {
    return this.#sent.get(id) ?? 0;
  }

  /** The crew has banned this phone: what it made stays here until they lift that. */
  get isPaused(): boolean {
    return this.#hub.things.me?.banned ?? false;
  }

  /** Made for another show than the one this phone is in now. */
  isStranger(piece: Piece): boolean {
    return this.#hub.welcome !== null && !this.#isForThisShow(piece);
  }

  /**
   * Keep a piece and send it. Once this returns it cannot get lost: it is written down here, or safe on the hub. Raises
   * ShelfFull, and then it goes nowhere.
   */
  async add(piece: Piece, bytes: Blob | null): Promise<void> {
    const keeping = this.#shelf.put(piece, bytes);
    // Words travel while they are being written down: the host waits for one of the two, not for both.
    if (piece.kind === "text") this.#begin(piece);
    try {
      await keeping;
    } catch (error) {
      if (piece.kind !== "text") throw error;
      if (await this.#hasArrived(piece.contributionId)) return;
      await this.discard(piece.contributionId);
      throw error;
    }
    if (piece.kind !== "text") this.#begin(piece);
  }

  /** Throw away a piece that was refused, or that its maker no longer wants to send. */
  async discard(id: Id): Promise<void> {
    const busy = this.#busy.get("files");
    if (busy?.id === id) busy.stop.abort();
    this.#hub.giveUp(id);
    this.#forget(id);
    await this.#shelf.drop(id);
    this.changed();
  }

  /** Things may be better now: try at once, whatever pause was being sat out. */
  wake(): void {
    for (const one of this.#tries.values()) one.notBeforeMs = 0;
    this.#go();
  }

  /** The phone has joined (again). */
  invited(): void {
    this.isUninvited = false;
    this.wake();
  }

  #begin(piece: Piece): void {
    this.#fresh.add(piece.contributionId);
    this.#pieces.set(piece.contributionId, piece);
    this.changed();
    this.#go();
  }

  /** How the first attempt with a piece ends, as long as the hub is there to tell. */
  #hasArrived(id: Id): Promise<boolean> {
    return new Promise((resolve) => {
      const look = () => {
        const isUnderWay = this.#fresh.has(id) && this.#hub.line === "connected";
        if (isUnderWay) return;
        for (const stop of stops) stop();
        resolve(this.#arrived.has(id));
      };
      const stops = [this.watch(look), this.#hub.watch(look)];
      look();
    });
  }

  #go(): void {
    clearTimeout(this.#timer);
    void this.#run("texts");
    void this.#run("files");
  }

  async #run(lane: Lane): Promise<void> {
    if (this.#busy.has(lane) || this.isUninvited) return;
    const piece = this.#next(lane);
    if (!piece) return;
    const stop = new AbortController();
    this.#busy.set(lane, { id: piece.contributionId, stop });
    if (lane === "files") void this.#wakeLock.hold("sending");
    const outcome = await this.#alone(piece, () => this.#send(piece, stop.signal)).catch(
      (): Outcome => ({ kind: "retry", afterS: null }),
    );
    this.#busy.delete(lane);
    if (lane === "files") this.#wakeLock.release("sending");
    this.#fresh.delete(piece.contributionId);
    if (this.#pieces.has(piece.contributionId)) await this.#settle(piece.contributionId, outcome);
    this.changed();
    void this.#run(lane);
  }

  /** The oldest piece of a lane that may be tried now; else sets the timer for the one that may be tried first. */
  #next(lane: Lane): Piece | undefined {
    // Without the line nobody would tell that it is lifted: then it is tried, at ever longer pauses.
    if (this.isPaused && this.#hub.line === "connected") return undefined;
    const nowMs = Date.now();
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const piece of this.#pieces.values()) {
      const isText = piece.kind === "text";
      if (isText !== (lane === "texts") || piece.refusal !== null || !this.#isForThisShow(piece)) continue;
      if (piece.live && !this.#isLineFree) continue;
      const notBeforeMs = this.#tries.get(piece.contributionId)?.notBeforeMs ?? 0;
      if (notBeforeMs <= nowMs) return piece;
      soonestMs = Math.min(soonestMs, notBeforeMs);
    }
    if (Number.isFinite(soonestMs)) this.#timer = setTimeout(() => this.#go(), soonestMs - nowMs);
    return undefined;
  }

  /** Not known before the hub's first word: the same address may be another show tonight. */
  #isForThisShow(piece: Piece): boolean {
    return piece.showId === "" || piece.showId === this.#hub.welcome?.showId;
  }

  /** While somebody is live the line is for the stream; what was recorded beside it goes up afterwards. */
  get #isLineFree(): boolean {
    const { latest, myAir } = this.#hub.things;
    return latest !== null && !isLive(myAir);
  }

  /** What a page that is gone was recording beside its live stream goes up as far as it came. */
  async #takeOver(id: Id): Promise<void> {
    const left = (await this.#shelf.all()).find((piece) => piece.contributionId === id);
    if (!left?.isOpen) return;
    const piece = { ...left, isOpen: false };
    await this.#shelf.update(piece);
    this.#begin(piece);
  }

  #send(piece: Piece, signal: AbortSignal): Promise<Outcome> {
    if (piece.kind === "text") return sendText(this.#hub, piece);
    const id = piece.contributionId;
    const told = {
      uploadUrlKnown: (uploadUrl: string) => void this.#remember(id, { uploadUrl }),
      bytesSent: (bytes: number) => {
        this.#sent.set(id, bytes);
        this.changed();
      },
      partAccepted: () => this.#tries.delete(id),
    };
    return sendFile(this.#shelf, piece, told, signal);
  }

  /**
   * Two tabs may have the same shelf: the one that holds the lock sends. (Without locks both do; it arrives once all the
   * same.) Words made just now are this tab's own and not yet on the shelf: they do not wait for a lock.
   */
  async #alone(piece: Piece, send: () => Promise<Outcome>): Promise<Outcome> {
    const isNew = piece.kind === "text" && this.#fresh.has(piece.contributionId);
    if (isNew || !navigator.locks) return send();
    return navigator.locks.request(`piece ${piece.contributionId}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return { kind: "retry", afterS: 3 };
      const isStillThere = (await this.#shelf.all()).some((one) => one.contributionId === piece.contributionId);
      return isStillThere ? send() : { kind: "received" };
    });
  }

  async #settle(id: Id, outcome: Outcome): Promise<void> {
    const piece = this.#pieces.get(id);
    switch (outcome.kind) {
      case "received":
        if (piece) this.#arrived.set(id, piece);
        this.#forget(id);
        await this.#shelf.drop(id);
        break;
      case "refused":
        await this.#remember(id, { refusal: outcome.reason });
        break;
      case "uninvited":
        this.isUninvited = true;
        break;
      case "retry": {
        const attempts = (this.#tries.get(id)?.attempts ?? 0) + 1;
        const pauseS = outcome.afterS ?? Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1));
        const notBeforeMs = Date.now() + pauseS * 1000 * (0.75 + Math.random() / 2);
        this.#tries.set(id, { attempts, notBeforeMs });
      }
    }
  }

  async #remember(id: Id, news: Partial<Piece>): Promise<void> {
    const piece = this.#pieces.get(id);
    if (!piece) return;
    const newer = { ...piece, ...news };
    this.#pieces.set(id, newer);
    await this.#shelf.update(newer);
  }

  #forget(id: Id): void {
    for (const map of [this.#pieces, this.#sent, this.#tries, this.#fresh]) map.delete(id);
  }
}
