// What every screen of the phone is handed: made once in main.ts.
import type { Hub } from "../shared/hub.ts";
import type { AudienceAct, Id, Kind } from "../wire.ts";
import type { Boot } from "./boot.ts";
import type { Drafts } from "./outbox/drafts.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Shelf } from "./outbox/shelf.ts";
import type { Person } from "./person.ts";
import type { WakeLock } from "./recording/wake_lock.ts";

export interface Services {
  readonly boot: Boot;
  readonly hub: Hub<AudienceAct>;
  readonly shelf: Shelf;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly person: Person;
  readonly wakeLock: WakeLock;
}

/** What lies over the first screen; null: nothing does. */
export type Open =
  | { readonly what: "compose"; readonly kind: Kind; readonly parents: readonly Id[]; readonly draft?: Id }
  | { readonly what: "piece"; readonly id: Id }
  | { readonly what: "shared"; readonly id: Id }
  | { readonly what: "person" }
  | null;
