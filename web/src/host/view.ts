/** What this host is looking at: cursor, marks, filter, the chosen transition. Nobody else sees it; a reload forgets it. */

import { Watchable } from "../shared/watchable.ts";
import type { Id, Transition } from "../wire.ts";
import { EVERYTHING, type Filter } from "./queue.ts";

export class View extends Watchable {
  filter: Filter = { ...EVERYTHING, tab: "waiting" };
  /** The piece that the keys act on. */
  cursor: Id | null = null;
  /** Pieces marked together; empty means: just the cursor. */
  marked: ReadonlySet<Id> = new Set();
  transition: Transition = "add";
  fadeMs = 600;
  albumId: Id | null = null;
  /** What the left column lists: what people sent, who is live, or the hall's phones as lights. */
  column: "pieces" | "guests" | "phones" = "pieces";
  /** The guest whom one hears beforehand; nobody else does. */
  hearing: Id | null = null;
  keysShown = false;
  joinShown = false;

  set(change: Partial<Omit<View, "watch" | "set">>): void {
    Object.assign(this, change);
    this.changed();
  }
}
