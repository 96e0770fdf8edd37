// A recording on its way to the shelf, as it comes: what a killed tab had recorded is kept to the last second, and the page
// holds one part of it at most. Order is kept. Where the phone has no room for more, or is slower than the recorder, the
// recording ends with what there is: a file with a hole in it would play no further than the hole.
import type { Id } from "../../wire.ts";
import type { MediaKind } from "../kinds.ts";
import { mediaTypeOf } from "../recording/formats.ts";
import { roomBytes } from "./room.ts";
import { type Growing, PART_BYTES, type Shelf } from "./shelf.ts";

/** Half a minute of video that the shelf has not taken yet. */
const MOST_WAITING_BYTES = 10e6;
const LOOK_FOR_ROOM_EVERY_BYTES = 8e6;

export type SpoolTrouble = "full" | "slow" | null;

export interface SpoolOptions {
  readonly shelf: Shelf;
  readonly id: Id;
  readonly kind: MediaKind;
  /** How it lies on the shelf at this size, under `id`. */
  readonly growing: (sizeBytes: number, mediaType: string) => Growing;
  /** What must stay free on this phone for what people make by hand. */
  readonly leaveBytes: number;
  /** It takes no more: the recording has to end. */
  readonly failed: () => void;
}

export class Spool {
  readonly id: Id;
  /** What is kept. */
  sizeBytes = 0;
  mediaType = "";
  trouble: SpoolTrouble = null;
  readonly #options: SpoolOptions;
  /** The last part, as far as it is filled. */
  #tail = new Uint8Array(0);
  /** Where the browser keeps nothing (some private windows), all of it is here: the person is told when they send it. */
  readonly #held: Blob[] = [];
  #waitingBytes = 0;
  #roomUntilBytes = 0;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.id = options.id;
  }

  add(data: Blob): void {
    if (this.trouble || !data.size) return;
    if (this.#waitingBytes + data.size > MOST_WAITING_BYTES) {
      this.#fail("slow");
      return;
    }
    this.#waitingBytes += data.size;
    this.#lastTurn = this.#lastTurn.then(() => this.#write(data));
  }

  /** Resolves when everything that was added is kept, or cannot be. */
  get settled(): Promise<void> {
    return this.#lastTurn;
  }

  async bytes(): Promise<Blob> {
    const { shelf } = this.#options;
    const whole = shelf.keeps ? await shelf.read(this.id, 0, this.sizeBytes) : new Blob(this.#held);
    return whole.slice(0, whole.size, this.mediaType);
  }

  async #write(data: Blob): Promise<void> {
    this.#waitingBytes -= data.size;
    if (this.trouble === "full") return;
    const { shelf, kind, growing } = this.#options;
    try {
      this.mediaType ||= await mediaTypeOf(data, data.type, kind);
      const sizeBytes = this.sizeBytes + data.size;
      if (!shelf.keeps) this.#held.push(data);
      else if (await this.#hasRoom(sizeBytes)) await this.#extend(data, growing(sizeBytes, this.mediaType));
      else return this.#fail("full");
      this.sizeBytes = sizeBytes;
    } catch {
      this.#fail("full");
    }
  }

  async #extend(data: Blob, growing: Growing): Promise<void> {
    const from = Math.floor(this.sizeBytes / PART_BYTES);
    const bytes = new Uint8Array(this.#tail.length + data.size);
    bytes.set(this.#tail);
    bytes.set(new Uint8Array(await data.arrayBuffer()), this.#tail.length);
    await this.#options.shelf.extend(growing, from, bytes);
    this.#tail = bytes.slice(bytes.length - (bytes.length % PART_BYTES));
  }

  async #hasRoom(sizeBytes: number): Promise<boolean> {
    if (sizeBytes < this.#roomUntilBytes) return true;
    this.#roomUntilBytes = sizeBytes + LOOK_FOR_ROOM_EVERY_BYTES;
    return (await roomBytes()) > this.#options.leaveBytes;
  }

  #fail(trouble: "full" | "slow"): void {
    this.trouble = trouble;
    this.#options.failed();
  }
}
