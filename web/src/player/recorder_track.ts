/**
 * Pieces of a recorder's file (WebM, MP4) in, pictures and sound out, by Media Source Extensions.
 *
 * For guests whose phones have no encoder of their own. A `<video>` that stands in no page plays what comes, muted until
 * asked otherwise; each of its pictures is handed on to be drawn. It stays near the end of what came: a preview, not a film.
 */

import { type Container, containerType } from "./container_type.ts";
import type { MediaPacket } from "./packets.ts";

/** Further behind than this, and it skips to just before the end. */
const MOST_BEHIND_S = 0.6;
const NEAR_END_S = 0.1;
/** What was played longer ago than this is forgotten, as soon as it is twice that. */
const KEPT_S = 5;
/** What waits to be read; past it, everything up to the next file is passed over. */
const MOST_WAITING_BYTES = 4 << 20;

export interface RecorderTrackListener {
  picture(video: HTMLVideoElement): void;
  /** It cannot go on before the next file begins. */
  needKey(): void;
  unsupported(): void;
}

/** In the place of a piece: here a new file begins. */
const NEW_FILE = new Uint8Array();

export const canPlayRecordings = (): boolean =>
  "MediaSource" in window && "requestVideoFrameCallback" in HTMLVideoElement.prototype;

export class RecorderTrack {
  readonly #video = document.createElement("video");
  #source: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #type = "";
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  /** The first pieces of a file, until they say what it is; null once it is known or while the next file is awaited. */
  #head: Uint8Array<ArrayBuffer> | null = null;
  #waitsForKey = true;
  /** How often it gave up on a file: too slow, or broken. */
  givenUp = 0;

  constructor(
    private readonly container: Container,
    private readonly listener: RecorderTrackListener,
  ) {
    this.#video.muted = true;
    this.#video.playsInline = true;
    this.#video.onerror = () => this.#giveUp();
    this.#drawNext();
  }

  /** Sound may be turned on after a click only. */
  setSound(on: boolean): void {
    this.#video.muted = !on;
  }

  take(packet: MediaPacket): void {
    if (packet.key) this.#begin();
    else if (this.#waitsForKey) return;
    if (this.#head) this.#readHead(packet.payload);
    else this.#put(packet.payload);
  }

  close(): void {
    this.#tearDown();
    this.#video.onerror = null;
  }

  #begin(): void {
    this.#waitsForKey = false;
    this.#head = new Uint8Array();
    this.#forgetWaiting();
  }

  #readHead(payload: Uint8Array<ArrayBuffer>): void {
    const head = joined(this.#head, payload);
    const type = containerType(this.container, head);
    if (type === null) {
      if (head.byteLength > MOST_WAITING_BYTES) this.#giveUp();
      else this.#head = head;
      return;
    }
    this.#head = null;
    if (!MediaSource.isTypeSupported(type)) {
      this.close();
      this.#waitsForKey = true;
      this.listener.unsupported();
      return;
    }
    if (type !== this.#type) this.#open(type);
    else this.#put(NEW_FILE);
    this.#put(head);
  }

  #open(type: string): void {
    this.#tearDown();
    this.#type = type;
    const source = new MediaSource();
    this.#source = source;
    source.addEventListener("sourceopen", () => {
      if (source !== this.#source) return;
      URL.revokeObjectURL(this.#video.src);
      const buffer = source.addSourceBuffer(type);
      // Each file begins at 0: one is laid behind the other.
      buffer.mode = "sequence";
      buffer.addEventListener("updateend", () => this.#appended());
      this.#buffer = buffer;
      this.#append();
    });
    this.#video.src = URL.createObjectURL(source);
    void this.#video.play().catch(() => undefined);
  }

  #put(payload: Uint8Array<ArrayBuffer>): void {
    this.#waiting.push(payload);
    this.#waitingBytes += payload.byteLength;
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#giveUp();
    else this.#append();
  }

  #append(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source?.readyState !== "open") return;
    const { buffered, currentTime } = this.#video;
    if (buffered.length && currentTime - buffered.start(0) > 2 * KEPT_S) {
      buffer.remove(0, currentTime - KEPT_S);
      return;
    }
    const next = this.#waiting.shift();
    if (!next) return;
    this.#waitingBytes -= next.byteLength;
    try {
      if (next === NEW_FILE) {
        buffer.abort(); // what is left of the old file is a piece cut in the middle
        this.#append();
      } else buffer.appendBuffer(next);
    } catch {
      this.#giveUp(); // full, or what came before was no such file
    }
  }

  #appended(): void {
    const { buffered, currentTime } = this.#video;
    const endS = buffered.length ? buffered.end(buffered.length - 1) : 0;
    if (endS - currentTime > MOST_BEHIND_S) this.#video.currentTime = endS - NEAR_END_S;
    this.#append();
  }

  #drawNext(): void {
    this.#video.requestVideoFrameCallback(() => {
      this.listener.picture(this.#video);
      this.#drawNext();
    });
  }

  #giveUp(): void {
    this.givenUp += 1;
    this.#tearDown();
    this.#waitsForKey = true;
    this.listener.needKey();
  }

  #tearDown(): void {
    this.#source = null;
    this.#buffer = null;
    this.#type = "";
    this.#head = null;
    this.#forgetWaiting();
    if (this.#video.src) {
      URL.revokeObjectURL(this.#video.src);
      this.#video.removeAttribute("src");
      this.#video.load();
    }
  }

  #forgetWaiting(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

function joined(first: Uint8Array<ArrayBuffer> | null, second: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (!first?.byteLength) return second;
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}
