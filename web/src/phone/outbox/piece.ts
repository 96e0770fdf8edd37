// A piece on its way: everything the hub must be told about it, and how far it got.
import type { Consent, Id, Kind, Trim } from "../../wire.ts";

/** Kept in IndexedDB from the tap on Send until the hub has it safe on disk. */
export interface Piece {
  readonly contributionId: Id;
  /** The show it was made for; it goes to no other. Empty when the page had not heard from the hub yet. */
  readonly showId: Id | "";
  readonly kind: Kind;
  readonly text: string;
  readonly consent: Consent;
  readonly promptId: Id | null;
  readonly parents: readonly Id[];
  readonly trim: Trim | null;
  readonly mediaType: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly madeAtMs: number;
  /** Recorded beside a live stream: which one, and when it began (show time). */
  readonly live?: { readonly streamId: Id; readonly startedUs: number };
  /** It is being recorded, or its page was killed while it was: it is not to be sent as it lies there. */
  readonly isOpen?: boolean;
  /** Where the upload goes on after the page was closed. */
  readonly uploadUrl: string | null;
  /** Why the hub will never take it, in a sentence; null while there is hope. */
  readonly refusal: string | null;
}

/** What sending found out. `retry`: later, by itself. `refused`: never. `uninvited`: this phone has to join again first. */
export type Outcome =
  | { readonly kind: "received" }
  | { readonly kind: "retry"; readonly afterS: number | null }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "uninvited" };
