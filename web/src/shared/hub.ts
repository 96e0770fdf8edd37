// The page's line to the hub: one Socket.IO namespace over WebSocket. What the hub tells lands in `things`; what the page
// asks goes through `act`, which survives a dead line and a restarted hub. Media never goes this way.
//
//   const hub = new Hub<HostAct>({ namespace: "/host" });
//   hub.on("levels", (levels) => …);      ephemeral words, lost while away
//   hub.start();
//   const ack = await hub.act({ type: "judge", contributionIds: [id], verdict: "approved" });
//   if (!ack.ok) say(ack.problem?.message);
//
// Elements: `new Follow(this, hub, hub.things)` renders again on every change of the line or of the things.
import { io, type Socket } from "socket.io-client";
import type {
  Ack,
  AirHealth,
  Changes,
  Id,
  Levels,
  PhoneCue,
  Pong,
  Presence,
  Problem,
  Progress,
  React,
  Reactions,
  Welcome,
} from "../wire.ts";
import { newId } from "./ids.ts";
import { isFirstShow } from "./showing.ts";
import { Things } from "./things.ts";
import { FollowedClock, localUs } from "./time.ts";
import { Watchable } from "./watchable.ts";

export interface HubOptions {
  readonly namespace: "/audience" | "/host" | "/stage" | "/crew";
  /** Only for pages without a cookie. */
  readonly token?: string;
  /** Seconds between clock ping-pongs once synchronised; a hall full of phones asks rarely. */
  readonly pingEveryS?: number;
}

/** `refused`: the hub does not let this page in (see `problem`), and it waits to be started again. */
export type Line = "connecting" | "connected" | "away" | "refused";

interface Spoken {
  health: AirHealth;
  levels: Levels;
  presence: Presence;
  progress: Progress;
  phones: PhoneCue;
  reactions: Reactions;
}

interface Asked {
  readonly ask: { readonly actId: Id; readonly act: object };
  readonly answer: (ack: Ack) => void;
}

const MAX_WAITING_ACTS = 500;
const ACK_WITHIN_MS = 10_000;
const PROBE_WITHIN_MS = 3_000;
/** At first quickly, then twice a second: a phone that lights up with the others should agree with them soon. */
const QUICK_PINGS = 8;
const QUICK_PING_EVERY_MS = 150;
const FIRST_PINGS = 60;
const FIRST_PING_EVERY_MS = 500;
/** After these, knocking again does not help: the page has to join (or be opened by its link) again. */
const FINAL = new Set(["bad_token", "not_allowed", "bad_origin"]);

/** `Act` is the union of what this page may ask: AudienceAct, HostAct, … */
export class Hub<Act extends object> extends Watchable {
  readonly things = new Things();
  readonly clock = new FollowedClock();
  line: Line = "connecting";
  /** The hub's first word on this connection; stays while away. */
  welcome: Welcome | null = null;
  /** Why the hub let us go or does not let us in. */
  problem: Problem | null = null;

  readonly #socket: Socket;
  readonly #pingEveryMs: number;
  readonly #waiting = new Map<Id, Asked>();
  readonly #listeners = new Map<keyof Spoken, Set<(said: never) => void>>();
  #pinging: ReturnType<typeof setTimeout> | undefined;
  #knocking: ReturnType<typeof setTimeout> | undefined;
  #knocks = 0;

  constructor(options: HubOptions) {
    super();
    this.#pingEveryMs = (options.pingEveryS ?? 10) * 1000;
    this.#socket = io(options.namespace, {
      transports: ["websocket"],
      autoConnect: false,
      reconnectionDelay: 500,
      reconnectionDelayMax: 8_000,
      randomizationFactor: 0.5,
      auth: (give) => give(this.#auth(options.token)),
    });
    this.#socket.on("welcome", (welcome: Welcome) => this.#enter(welcome));
    this.#socket.on("changes", (changes: Changes) => this.#take(changes));
    this.#socket.on("bye", (problem: Problem) => {
      this.problem = problem;
    });
    for (const event of ["levels", "presence", "progress", "health", "phones", "reactions"] as const) {
      this.#socket.on(event, (said: Spoken[typeof event]) => {
        for (const listener of this.#listeners.get(event) ?? []) listener(said as never);
      });
    }
    this.#socket.on("disconnect", (reason) => this.#lost(reason));
    this.#socket.on("connect_error", (error) => this.#turnedAway(error));
  }

  /** Connect, and keep connecting for ever. Also the way back after `refused`, once the page has joined. */
  start(): void {
    this.problem = null;
    this.#knocks = 0;
    this.#set("connecting");
    this.#socket.connect();
    for (const event of ["pageshow", "online"]) addEventListener(event, this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
  }

  close(): void {
    for (const event of ["pageshow", "online"]) removeEventListener(event, this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    clearTimeout(this.#pinging);
    clearTimeout(this.#knocking);
    this.#socket.disconnect();
  }

  /**
   * Ask the hub to do something. Sent at once or when the line is back, again until it is answered; done once, because
   * the id travels with it. Pass `actId` where the ask itself outlives this page. The answer may be a refusal (`ok` false).
   */
  act(act: Act, actId: Id = newId()): Promise<Ack> {
    if (this.#waiting.size >= MAX_WAITING_ACTS) {
      const message = `expected at most ${MAX_WAITING_ACTS} unanswered asks; wait until the hub is back`;
      return Promise.resolve(unasked("too_much", message, 1));
    }
    return new Promise((answer) => {
      const asked = { ask: { actId, act }, answer };
      this.#waiting.set(actId, asked);
      if (this.line === "connected") this.#send(asked);
    });
  }

  /** Ask no longer; where it was sent already it may still be done, but nobody hears of it. */
  giveUp(actId: Id): void {
    const asked = this.#waiting.get(actId);
    if (!asked) return;
    this.#waiting.delete(actId);
    asked.answer(unasked("conflict", "It was given up.", null));
  }

  /** How many asks the hub has not answered yet. */
  get unanswered(): number {
    return this.#waiting.size;
  }

  /** Hear ephemeral words (`levels`, `presence`, …); returns how to stop. */
  on<Event extends keyof Spoken>(event: Event, listener: (said: Spoken[Event]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Say what is worth nothing later: it goes now or not at all, and nobody answers. */
  react(react: React): void {
    if (this.line === "connected") this.#socket.volatile.emit("react", react);
  }

  #auth(token: string | undefined): object {
    const { epoch, offset } = this.things;
    return { ...(token ? { token } : {}), ...(epoch ? { epoch, offset } : {}) };
  }

  #enter(welcome: Welcome): void {
    if (this.welcome && this.welcome.showId !== welcome.showId) this.#giveUpAsks();
    this.welcome = welcome;
    this.problem = null;
    this.#knocks = 0;
    this.things.enter(welcome.epoch);
    this.#set("connected");
    for (const asked of this.#waiting.values()) this.#send(asked);
    this.clock.forgetTrips();
    this.#pingAfter(0, 0);
  }

  /** What was asked of one show means nothing to the next one at the same address. */
  #giveUpAsks(): void {
    const ack = unasked("conflict", "This is another show now; ask again.", null);
    for (const asked of this.#waiting.values()) asked.answer(ack);
    this.#waiting.clear();
  }

  #take(changes: Changes): void {
    if (this.things.apply(changes)) return;
    // A stretch is missing (it cannot be, says the protocol): start afresh rather than show half a show.
    this.things.enter("");
    this.#reconnect();
  }

  #send(asked: Asked): void {
    this.#socket.timeout(ACK_WITHIN_MS).emit("act", asked.ask, (error: Error | null, ack: Ack) => {
      if (!this.#waiting.has(asked.ask.actId)) return;
      if (error) {
        if (this.line === "connected") this.#send(asked);
        return;
      }
      this.#waiting.delete(asked.ask.actId);
      asked.answer(ack);
      this.changed();
    });
  }

  #lost(reason: string): void {
    clearTimeout(this.#pinging);
    const final = this.problem !== null && FINAL.has(this.problem.code);
    this.#set(final ? "refused" : "away");
    // Let go by the hub itself: Socket.IO would stay away for good.
    if (!final && reason === "io server disconnect") this.#knockAgain(this.problem?.retryAfterS ?? null);
  }

  #turnedAway(error: Error & { data?: Partial<Problem> }): void {
    const code = error.data?.code;
    if (code) this.problem = { code, message: error.data?.message ?? error.message, retryAfterS: null };
    const final = code !== undefined && FINAL.has(code);
    this.#set(final ? "refused" : "away");
    // Not active: the namespace said no, and Socket.IO does not try again by itself.
    if (!final && !this.#socket.active) this.#knockAgain(error.data?.retryAfterS ?? null);
  }

  #knockAgain(afterS: number | null): void {
    const delayMs = (afterS ?? Math.min(0.5 * 2 ** this.#knocks++, 8)) * 1000 * (0.75 + Math.random() / 2);
    clearTimeout(this.#knocking);
    this.#knocking = setTimeout(() => this.#socket.connect(), delayMs);
  }

  /** The page is seen again, or the network is back: do not sit out a long pause, and do not trust an old socket. */
  readonly #wake = (event: Event): void => {
    if (isFirstShow(event) || document.visibilityState === "hidden" || this.line === "refused") return;
    if (this.line !== "connected") {
      this.#reconnect();
      return;
    }
    this.#socket.timeout(PROBE_WITHIN_MS).emit("clock", {}, (error: Error | null) => {
      if (error && this.line === "connected") this.#reconnect();
    });
    // Its own clock may have stood still meanwhile.
    this.#pingAfter(0, 0);
  };

  #reconnect(): void {
    clearTimeout(this.#knocking);
    this.#socket.disconnect().connect();
  }

  /** Ping after a while, `done` of them being done on this connection. */
  #pingAfter(delayMs: number, done: number): void {
    clearTimeout(this.#pinging);
    this.#pinging = setTimeout(() => {
      const sentUs = localUs();
      this.#socket.timeout(PROBE_WITHIN_MS).emit("clock", {}, (error: Error | null, pong: Pong) => {
        if (this.line !== "connected") return;
        if (!error) this.clock.observe(sentUs, pong.nowUs, localUs());
        const early = done < QUICK_PINGS ? QUICK_PING_EVERY_MS : FIRST_PING_EVERY_MS;
        this.#pingAfter(done < FIRST_PINGS ? Math.min(early, this.#pingEveryMs) : this.#pingEveryMs, done + 1);
      });
    }, delayMs);
  }

  #set(line: Line): void {
    this.line = line;
    this.changed();
  }
}

/** The answer to what the hub never answered. */
function unasked(code: string, message: string, retryAfterS: number | null): Ack {
  return { ok: false, offset: 0, result: "", problem: { code, message, retryAfterS } };
}
