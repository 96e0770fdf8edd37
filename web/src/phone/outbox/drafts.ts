// Takes that were made, or begun, and neither sent nor thrown away: what a killed tab leaves is offered again. Sending one is the
// outbox's: its bytes are on the shelf already, under the id of the piece.
import { newId } from "../../shared/ids.ts";
import { Watchable } from "../../shared/watchable.ts";
import type { Id } from "../../wire.ts";
import type { MediaKind } from "../kinds.ts";
import { fileNameFor } from "../recording/formats.ts";
import type { Draft, Take } from "./draft.ts";
import { whenLeft } from "./owner.ts";
import type { Growing, Shelf } from "./shelf.ts";
import { Spool } from "./spool.ts";

const CUT_SHORT = "The page was closed while this was recorded. This is what there is of it.";

export class Drafts extends Watchable {
  readonly #shelf: Shelf;
  readonly #drafts = new Map<Id, Draft>();
  /** One after another, so that what is thrown away is not written afterwards. */
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(shelf: Shelf) {
    super();
    this.#shelf = shelf;
  }

  /** Take up what an earlier page left. */
  async start(): Promise<void> {
    for (const draft of await this.#shelf.drafts()) {
      if (draft.isOpen) void whenLeft(draft.contributionId, () => this.#takeOver(draft.contributionId));
      else this.#drafts.set(draft.contributionId, draft);
    }
    this.changed();
  }

  /** Oldest first. */
  get all(): readonly Draft[] {
    return [...this.#drafts.values()];
  }

  /** Resolves when what was asked until now is on the shelf, or off it. */
  get settled(): Promise<void> {
    return this.#lastTurn;
  }

  get(id: Id): Draft | undefined {
    return this.#drafts.get(id);
  }

  /** Where a recording goes while it is made: a draft from its first second on. `failed` is called when no more is taken. */
  spool(kind: MediaKind, parents: readonly Id[], failed: () => void): Spool {
    const contributionId = newId();
    const rest = { contributionId, parents, kind, durationS: null, warning: CUT_SHORT, madeAtMs: Date.now() };
    const growing = (sizeBytes: number, mediaType: string): Growing => ({
      draft: { ...rest, mediaType, fileName: fileNameFor(kind, mediaType), sizeBytes, isOpen: true },
    });
    return new Spool({ shelf: this.#shelf, id: contributionId, kind, growing, leaveBytes: 0, failed });
  }

  /** Return when the take is kept, or when the phone has no room for it: sending it will say so. */
  keep(contributionId: Id, parents: readonly Id[], take: Take): Promise<void> {
    return this.#inTurn(async () => {
      const { bytes, draftId: _, ...rest } = take;
      const draft = { ...rest, contributionId, parents, sizeBytes: bytes.size, madeAtMs: Date.now() };
      await this.#shelf.putDraft(draft, bytes);
      this.#drafts.set(contributionId, draft);
    });
  }

  /** The take itself again; null where it is no longer there (another tab sent it). */
  async takeUp(id: Id): Promise<Take | null> {
    const draft = this.#drafts.get(id);
    if (!draft) return null;
    try {
      const bytes = await this.#shelf.read(id, 0, draft.sizeBytes);
      const { kind, mediaType, fileName, durationS, warning } = draft;
      const whole = bytes.slice(0, bytes.size, mediaType);
      return { kind, mediaType, fileName, durationS, warning, bytes: whole, draftId: id };
    } catch {
      this.sent(id);
      return null;
    }
  }

  /** It is a piece now: the outbox has it. */
  sent(id: Id): void {
    if (this.#drafts.delete(id)) this.changed();
  }

  discard(id: Id): Promise<void> {
    return this.#inTurn(async () => {
      this.#drafts.delete(id);
      await this.#shelf.dropDraft(id);
    });
  }

  /** What a page that is gone was recording: its maker is asked what to do with what there is of it. */
  async #takeOver(id: Id): Promise<void> {
    const left = (await this.#shelf.drafts()).find((draft) => draft.contributionId === id);
    if (!left?.isOpen) return;
    const draft = { ...left, isOpen: false };
    await this.#shelf.updateDraft(draft);
    this.#drafts.set(id, draft);
    this.changed();
  }

  #inTurn(deed: () => Promise<void>): Promise<void> {
    // Where the shelf fails, the take is still in the page, and sending it says what is wrong.
    this.#lastTurn = this.#lastTurn.then(deed).catch(() => undefined);
    return this.#lastTurn.then(() => this.changed());
  }
}
