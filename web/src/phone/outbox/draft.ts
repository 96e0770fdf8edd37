// A take that is not sent yet, as it lies on the shelf beside the pieces.
import type { Id } from "../../wire.ts";
import type { MediaKind } from "../kinds.ts";

/** Bytes that a person recorded or picked. */
export interface Take {
  readonly kind: MediaKind;
  readonly bytes: Blob;
  readonly mediaType: string;
  readonly fileName: string;
  /** Known for recordings; a picked file tells when it is played. */
  readonly durationS: number | null;
  /** Something the person should know before sending ("we heard nothing"), or empty. */
  readonly warning: string;
  /** Under which id it lies on the shelf already; null: not yet. */
  readonly draftId: Id | null;
}

/** Kept in IndexedDB from the first second of the recording until it is sent or thrown away; its bytes lie in parts, as a piece's do. */
export interface Draft extends Omit<Take, "bytes" | "draftId"> {
  /** Of the piece it becomes when it is sent. */
  readonly contributionId: Id;
  readonly parents: readonly Id[];
  readonly sizeBytes: number;
  readonly madeAtMs: number;
  /** It is being recorded, or its page was killed while it was. */
  readonly isOpen?: boolean;
}
