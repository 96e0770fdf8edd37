/**
 * The subscriber's end of a media socket: opens `/live/STREAM/watch`, reads the hello, hands on packets, comes back for ever.
 *
 * It decodes nothing. Data runs hub → feed → tracks; the only word it sends is the request for a key picture.
 */

import type { Hello } from "../wire.ts";
import { KeyAsking } from "./key_asking.ts";
import { type MediaPacket, unpack } from "./packets.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4000;
/** No message for this long: the connection is taken for dead. */
const SILENCE_MS = 8000;

export interface FeedListener {
  hello(hello: Hello): void;
  packet(packet: MediaPacket): void;
}

/** How long to wait before the nth attempt (from 0): doubling, capped, and spread so that a hall does not knock at once. */
export function retryWaitMs(attempt: number, spread: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return wait * (0.75 + spread / 2);
}

export class Feed {
  #socket: WebSocket | null = null;
  #attempt = 0;
  #timer = 0;
  #silence = 0;
  readonly #asking = new KeyAsking();
  #closed = false;

  constructor(
    private readonly url: string,
    private readonly listener: FeedListener,
  ) {}

  open(): void {
    if (this.#closed) return;
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.#take(event.data);
    socket.onclose = () => this.#lost(socket);
    this.#socket = socket;
    this.#listen();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Ask the publisher for a key picture; asked again too soon, nothing happens. */
  askKey(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || !this.#asking.mayAsk(performance.now())) return;
    this.#socket.send('{"type":"key"}');
  }

  #take(data: string | ArrayBuffer): void {
    this.#attempt = 0;
    this.#listen();
    if (typeof data === "string") {
      const said = JSON.parse(data) as Hello | { type: string };
      if ("tracks" in said) this.listener.hello(said);
      return;
    }
    const packet = unpack(data);
    if (packet) this.listener.packet(packet);
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => this.#abandon(), SILENCE_MS);
  }

  /** A closing handshake on a dead line takes a minute and more: forget the socket, then close it. */
  #abandon(): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#lost(socket);
    socket.onmessage = null;
    socket.close();
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket || this.#closed) return;
    clearTimeout(this.#silence);
    this.#socket = null;
    this.#timer = window.setTimeout(() => this.open(), retryWaitMs(this.#attempt, Math.random()));
    this.#attempt += 1;
  }
}

/** The media socket of a stream on the page's own host. */
export function watchUrl(stream: string, query = ""): string {
  const url = new URL(`/live/${stream}/watch${query}`, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
