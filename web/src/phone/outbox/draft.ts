// A take that is not sent yet, as it lies on the shelf beside the pieces.
import type { Id } from "../../wire.ts";
import type { Take } from "../recording/take.ts";

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
