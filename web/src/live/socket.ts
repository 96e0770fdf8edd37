// The publisher's end of a media socket: opens it, sends, hears the hub's words, and comes back for ever under the same
// stream's name. It knows neither tracks nor encoders. Works in a worker and in a page.
import type { Hello, Problem } from "../wire.ts";
import type { HubWord, PublishLine } from "./words.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4_000;
const OPEN_WITHIN_MS = 6_000;
/** Bytes that wait this long without one of them leaving: the line is dead, whatever the socket says. */
const STUCK_MS = 5_000;
/** After these, knocking again does not help. */
const FINAL = new Set(["bad_token", "not_allowed", "banned", "bad_origin"]);
/** The hub's close codes for a publisher (live/stream_ends.py): the stream is over; a newer connection took its place. */
const CLOSE_ENDED = 4000;
const CLOSE_REPLACED = 4001;

export interface SocketListener {
  opened(): void;
  word(word: HubWord): void;
  line(line: PublishLine, problem: Problem | null): void;
}

export class PublishSocket {
  #socket: WebSocket | null = null;
  #line: PublishLine = "connecting";
  #problem: Problem | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #opening: ReturnType<typeof setTimeout> | undefined;
  #sentBytes = 0;
  #leftBytes = 0;
  #movedAtMs = 0;

  constructor(
    private readonly url: string,
    private readonly listener: SocketListener,
  ) {}

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Bytes that the browser has not handed to the network yet. */
  get waitingBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  open(): void {
    if (this.#isOver) return;
    clearTimeout(this.#retry);
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened(socket);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.#hear(event.data);
    socket.onclose = (event) => this.#closed(socket, event);
    this.#socket = socket;
    clearTimeout(this.#opening);
    this.#opening = setTimeout(() => this.#abandon(socket), OPEN_WITHIN_MS);
  }

  close(): void {
    this.#end("ended");
  }

  /** Try now, whatever pause is being sat out. */
  wake(): void {
    if (this.#socket === null && !this.#isOver) this.open();
  }

  sendHello(hello: Hello): void {
    this.#sendWords(JSON.stringify(hello));
  }

  sendLevel(db: number): void {
    this.#sendWords(JSON.stringify({ type: "level", db }));
  }

  send(message: ArrayBuffer): void {
    if (!this.isOpen) return;
    this.#socket?.send(message);
    this.#sentBytes += message.byteLength;
  }

  /** For how long bytes have waited here and not one has left, as seen at the last `look`. */
  stillMs(nowMs: number): number {
    return this.isOpen ? nowMs - this.#movedAtMs : 0;
  }

  /** To be called once in a while: gives up a line on which nothing moves any more. */
  look(nowMs: number): void {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return;
    const waiting = socket.bufferedAmount;
    // More may be added than leaves: what waits grows on a line that moves.
    const left = this.#sentBytes - waiting;
    if (waiting === 0 || left > this.#leftBytes) this.#movedAtMs = nowMs;
    this.#leftBytes = left;
    if (nowMs - this.#movedAtMs > STUCK_MS) this.#abandon(socket);
  }

  /** All of it is ASCII: as many bytes as characters. */
  #sendWords(words: string): void {
    if (!this.isOpen) return;
    this.#socket?.send(words);
    this.#sentBytes += words.length;
  }

  get #isOver(): boolean {
    return this.#line === "ended" || this.#line === "replaced" || this.#line === "refused";
  }

  #opened(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    clearTimeout(this.#opening);
    this.#sentBytes = this.#leftBytes = 0;
    this.#movedAtMs = performance.now();
    this.#problem = null;
    this.#say("live");
    this.listener.opened();
  }

  #hear(data: string | ArrayBuffer): void {
    if (typeof data !== "string") return;
    const said = JSON.parse(data) as HubWord | Problem;
    if ("code" in said) this.#problem = said;
    else {
      this.#attempt = 0;
      this.listener.word(said);
    }
  }

  /** A closing handshake on a dead line takes minutes: forget the socket, then close it. */
  #abandon(socket: WebSocket): void {
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    this.#closed(socket, null);
  }

  #closed(socket: WebSocket, event: CloseEvent | null): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#opening);
    if (this.#isOver) return;
    if (event?.code === CLOSE_REPLACED) this.#end("replaced");
    else if (event?.code === CLOSE_ENDED) this.#end("ended");
    else if (this.#problem && FINAL.has(this.#problem.code)) this.#end("refused");
    else {
      this.#say("away");
      const asked = (this.#problem?.retryAfterS ?? 0) * 1000;
      const wait = Math.max(asked, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#attempt++, 10)));
      this.#retry = setTimeout(() => this.open(), wait * (0.75 + Math.random() / 2));
    }
  }

  #end(line: PublishLine): void {
    if (this.#isOver) return;
    clearTimeout(this.#retry);
    clearTimeout(this.#opening);
    this.#say(line);
    this.#socket?.close(1000, "done");
    this.#socket = null;
  }

  #say(line: PublishLine): void {
    this.#line = line;
    this.listener.line(line, this.#problem);
  }
}

/** The media socket of a stream on the page's own host. */
export function publishUrl(streamId: string, page: Location = location): string {
  return `${page.protocol === "https:" ? "wss:" : "ws:"}//${page.host}/live/${streamId}/publish`;
}
