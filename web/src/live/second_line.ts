// The second line of a stream: where the first one loses packets the hub asks for it, and each message goes over both. The hub
// takes whichever copy comes first. It carries no words, is never opened unasked, and whatever becomes of it the stream goes on.

/** Past this it stands still itself: what is left out here the first line brings. */
const MOST_WAITING_BYTES = 256 * 1024;
/** It is asked for again where it is needed; the hub waits no longer. */
const OPEN_WITHIN_MS = 10_000;

export class SecondLine {
  #socket: WebSocket | null = null;
  #opening: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly url: string) {}

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Bytes that the browser has not handed to the network yet; without a second line no bound at all. */
  get waitingBytes(): number {
    return this.#socket && this.isOpen ? this.#socket.bufferedAmount : Number.POSITIVE_INFINITY;
  }

  /** The hub asked for it; `key` says beside which first line. */
  open(key: string): void {
    this.close();
    const socket = new WebSocket(`${this.url}?beside=${encodeURIComponent(key)}`);
    const forget = () => {
      if (socket === this.#socket) this.#socket = null;
    };
    socket.onclose = forget;
    this.#socket = socket;
    this.#opening = setTimeout(() => {
      if (socket === this.#socket && !this.isOpen) this.close();
    }, OPEN_WITHIN_MS);
  }

  close(): void {
    clearTimeout(this.#opening);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000, "done");
  }

  send(message: ArrayBuffer): void {
    if (this.waitingBytes <= MOST_WAITING_BYTES) this.#socket?.send(message);
  }
}
