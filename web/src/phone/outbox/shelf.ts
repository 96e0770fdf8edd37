// The phone's own copy of what is not sent yet, in IndexedDB. Bytes are kept as ArrayBuffers of one part each: WebKit aborts
// on Blobs, and a phone never needs a whole video in memory. A piece goes with its bytes in one transaction; a draft that is
// sent becomes a piece with the bytes where they lie.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Id } from "../../wire.ts";
import type { Draft } from "./draft.ts";
import type { Piece } from "./piece.ts";

/** One part on the shelf, and one PATCH of the upload. */
export const PART_BYTES = 512 * 1024;

interface Shelves extends DBSchema {
  pieces: { key: Id; value: Piece };
  drafts: { key: Id; value: Draft };
  parts: { key: [Id, number]; value: ArrayBuffer };
}

/** What grows on the shelf while it is recorded: a take that is to be looked at, or a piece that goes up by itself. */
export type Growing = { readonly draft: Draft } | { readonly piece: Piece };

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

  /** Whether anything can be kept at all. */
  get keeps(): boolean {
    return this.#db !== null;
  }

  async all(): Promise<readonly Piece[]> {
    const pieces = (await this.#db?.getAll("pieces")) ?? [];
    return pieces.sort((a, b) => a.madeAtMs - b.madeAtMs);
  }

  async drafts(): Promise<readonly Draft[]> {
    const drafts = (await this.#db?.getAll("drafts")) ?? [];
    return drafts.sort((a, b) => a.madeAtMs - b.madeAtMs);
  }

  /** Keep a piece; once this returns, a killed tab loses nothing of it. Raises ShelfFull. */
  async put(piece: Piece, bytes: Blob | null): Promise<void> {
    const id = piece.contributionId;
    await this.#keep(id, bytes, (db) => {
      const both = db.transaction(["pieces", "drafts"], "readwrite");
      void both.objectStore("pieces").put(piece);
      void both.objectStore("drafts").delete(id);
      return both.done;
    });
  }

  /** Keep a take that is not to be sent yet. Raises ShelfFull. */
  async putDraft(draft: Draft, bytes: Blob): Promise<void> {
    await this.#keep(draft.contributionId, bytes, (db) => db.put("drafts", draft));
  }

  /** Write parts from number `from` on, and how far the recording is with them: both, or neither. Raises ShelfFull. */
  async extend(growing: Growing, from: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const both = this.#db?.transaction(["pieces", "drafts", "parts"], "readwrite");
    if (!both) throw new ShelfFull("this browser keeps nothing");
    const id = ("draft" in growing ? growing.draft : growing.piece).contributionId;
    try {
      const writes: Promise<unknown>[] = [
        "draft" in growing
          ? both.objectStore("drafts").put(growing.draft)
          : both.objectStore("pieces").put(growing.piece),
      ];
      for (let part = from, start = 0; start < bytes.length; part++, start += PART_BYTES)
        writes.push(both.objectStore("parts").put(bytes.slice(start, start + PART_BYTES).buffer, [id, part]));
      await Promise.all([...writes, both.done]);
    } catch (error) {
      throw new ShelfFull(`could not keep ${bytes.length} bytes more: ${error}`);
    }
  }

  /** Parts first, what they are parts of last: nothing unfinished is ever sent, and its parts are swept at the next start. */
  async #keep(id: Id, bytes: Blob | null, write: (db: IDBPDatabase<Shelves>) => Promise<unknown>): Promise<void> {
    const db = this.#db;
    if (!db) throw new ShelfFull("this browser keeps nothing");
    const isThere = (await db.getKey("drafts", id)) !== undefined || (await db.getKey("pieces", id)) !== undefined;
    try {
      for (let part = 0; bytes && !isThere && part * PART_BYTES < bytes.size; part++) {
        const slice = await bytes.slice(part * PART_BYTES, (part + 1) * PART_BYTES).arrayBuffer();
        await db.put("parts", slice, [id, part]);
      }
      await write(db);
    } catch (error) {
      if (!isThere) await this.drop(id).catch(() => undefined);
      throw new ShelfFull(`could not keep ${bytes?.size ?? 0} bytes: ${error}`);
    }
  }

  async update(piece: Piece): Promise<void> {
    await this.#db?.put("pieces", piece);
  }

  async updateDraft(draft: Draft): Promise<void> {
    await this.#db?.put("drafts", draft);
  }

  /** Let go of a piece or a draft, and of its bytes. */
  async drop(id: Id): Promise<void> {
    if (!this.#db) return;
    const all = this.#db.transaction(["pieces", "drafts", "parts"], "readwrite");
    void all.objectStore("pieces").delete(id);
    void all.objectStore("drafts").delete(id);
    void all.objectStore("parts").delete(IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]));
    await all.done;
  }

  /** Let go of a draft, unless it has become a piece. */
  async dropDraft(id: Id): Promise<void> {
    if (!(await this.#db?.getKey("pieces", id))) await this.drop(id);
  }

  /** Throw away parts of nothing (the tab was killed between the two). In one go: another tab may be recording meanwhile. */
  async sweep(): Promise<void> {
    if (!this.#db) return;
    const all = this.#db.transaction(["pieces", "drafts", "parts"], "readwrite");
    const parts = all.objectStore("parts");
    const known = new Set([
      ...(await all.objectStore("pieces").getAllKeys()),
      ...(await all.objectStore("drafts").getAllKeys()),
    ]);
    for (const key of await parts.getAllKeys()) {
      if (!known.has(key[0])) void parts.delete(key);
    }
    await all.done;
  }

  /** Bytes `start` to `end` (exclusive) of a piece or a draft. */
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
  return openDB<Shelves>(name, 2, {
    upgrade(db, version) {
      if (version < 1) {
        db.createObjectStore("pieces", { keyPath: "contributionId" });
        db.createObjectStore("parts");
      }
      db.createObjectStore("drafts", { keyPath: "contributionId" });
    },
  });
}
