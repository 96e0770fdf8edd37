// The phone's own copy of what is not sent yet, in IndexedDB. Bytes are kept as ArrayBuffers of one part each: WebKit aborts
// on Blobs, and a phone never needs a whole video in memory. A piece and its bytes come and go in one transaction.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Id } from "../../wire.ts";
import type { Piece } from "./piece.ts";

/** One part on the shelf, and one PATCH of the upload. */
export const PART_BYTES = 512 * 1024;

interface Shelves extends DBSchema {
  pieces: { key: Id; value: Piece };
  parts: { key: [Id, number]; value: ArrayBuffer };
}

/** Raised when the phone has no room, or (in some private windows) no shelf at all. */
export class ShelfFull extends Error {}

export class Shelf {
  /** Null where the browser has no IndexedDB to give: then nothing can be kept, and nothing is taken. */
  readonly #db: IDBPDatabase<Shelves> | null;

  private constructor(db: IDBPDatabase<Shelves> | null) {
    this.#db = db;
  }

  static async open(name = "houselights"): Promise<Shelf> {
    // Ask not to be swept away when the phone runs low; a refusal changes nothing.
    void navigator.storage?.persist?.().catch(() => false);
    return new Shelf(await openShelves(name).catch(() => null));
  }

  async all(): Promise<readonly Piece[]> {
    const pieces = (await this.#db?.getAll("pieces")) ?? [];
    return pieces.sort((a, b) => a.madeAtMs - b.madeAtMs);
  }

  /** Keep a piece; once this returns, a killed tab loses nothing of it. Raises ShelfFull. */
  async put(piece: Piece, bytes: Blob | null): Promise<void> {
    if (!this.#db) throw new ShelfFull("this browser keeps nothing");
    try {
      // Parts first, the piece last: an unfinished piece is never sent, and its parts are swept at the next start.
      for (let part = 0; bytes && part * PART_BYTES < bytes.size; part++) {
        const slice = await bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES).arrayBuffer();
        await this.#db.put("parts", slice, [piece.contributionId, part]);
      }
      await this.#db.put("pieces", piece);
    } catch (error) {
      await this.drop(piece.contributionId).catch(() => undefined);
      throw new ShelfFull(`could not keep ${piece.sizeBytes} bytes: ${error}`);
    }
  }

  async update(piece: Piece): Promise<void> {
    await this.#db?.put("pieces", piece);
  }

  async drop(id: Id): Promise<void> {
    if (!this.#db) return;
    const both = this.#db.transaction(["pieces", "parts"], "readwrite");
    void both.objectStore("pieces").delete(id);
    void both.objectStore("parts").delete(IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]));
    await both.done;
  }

  /** Throw away parts whose piece never came (the tab was killed between the two). */
  async sweep(): Promise<void> {
    if (!this.#db) return;
    const known = new Set(await this.#db.getAllKeys("pieces"));
    const both = this.#db.transaction("parts", "readwrite");
    for (const key of await both.store.getAllKeys()) {
      if (!known.has(key[0])) void both.store.delete(key);
    }
    await both.done;
  }

  /** Bytes `start` to `end` (exclusive) of a piece. */
  async read(id: Id, start: number, end: number): Promise<Blob> {
    const parts: BlobPart[] = [];
    for (let part = Math.floor(start / PART_BYTES); part * PART_BYTES < end; part++) {
      const bytes = await this.#db?.get("parts", [id, part]);
      if (!bytes) throw new Error(`part ${part} of ${id} is not on the shelf`);
      const first = part * PART_BYTES;
      parts.push(bytes.slice(Math.max(0, start - first), Math.min(bytes.byteLength, end - first)));
    }
    return new Blob(parts);
  }
}

async function openShelves(name: string): Promise<IDBPDatabase<Shelves>> {
  return openDB<Shelves>(name, 1, {
    upgrade(fresh) {
      fresh.createObjectStore("pieces", { keyPath: "contributionId" });
      fresh.createObjectStore("parts");
    },
  });
}
