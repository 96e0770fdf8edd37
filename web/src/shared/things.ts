// What the hub has told this page, by id, as it is now. Pure memory: fed by the hub's `changes`, read by elements, never
// written to by either. The hub sends whole things (upserts), so applying one twice does no harm.
import type {
  AirLimits,
  AlbumView,
  CallView,
  Changes,
  ContributionView,
  GuestView,
  Id,
  MineView,
  MyAirView,
  PersonView,
  PromptView,
  SharedView,
  StageView,
} from "../wire.ts";
import { Watchable } from "./watchable.ts";

/** Everything the hub told; tells its watchers after each `Changes`. The maps are the same objects for ever. */
export class Things extends Watchable {
  /** Empty until the hub's first word; another epoch than before means: forget everything. */
  epoch = "";
  /** Where in the journal this page stands: it has seen everything up to and including this. */
  offset = 0;

  prompt: PromptView | null = null;
  /** Every prompt of the show; the console only. */
  readonly prompts = new Map<Id, PromptView>();
  stage: StageView | null = null;
  me: PersonView | null = null;
  readonly people = new Map<Id, PersonView>();
  readonly contributions = new Map<Id, ContributionView>();
  readonly albums = new Map<Id, AlbumView>();
  readonly mine = new Map<Id, MineView>();
  /** Pieces offered for remixing; one that is no longer offered leaves. */
  readonly shared = new Map<Id, SharedView>();
  /** Who asks to be live, is asked, or is; by person. For host and crew; who is gone leaves. */
  readonly guests = new Map<Id, GuestView>();
  /** How the owner of this phone stands with being live. */
  myAir: MyAirView | null = null;
  /** The call that is open, for whom this page is; `isOpen` false: none. */
  call: CallView | null = null;
  /** How many may be live at once, and how many are; for host and crew. */
  limits: AirLimits | null = null;
  /** The last `Changes` that was applied, for those who want only what is new (the host's long list). */
  latest: Changes | null = null;

  /** Begin with this epoch; whatever was known under another one goes. */
  enter(epoch: string): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.offset = 0;
    this.prompt = this.stage = this.me = this.myAir = this.call = this.limits = this.latest = null;
    for (const map of [this.prompts, this.people, this.contributions, this.albums, this.mine, this.shared, this.guests])
      map.clear();
    this.changed();
  }

  /** Take what changed. False when a stretch is missing before it: the page must connect afresh. */
  apply(changes: Changes): boolean {
    if (changes.since > this.offset) return false;
    if (changes.offset < this.offset) return true;
    this.offset = changes.offset;
    this.prompt = changes.prompt ?? this.prompt;
    this.stage = changes.stage ?? this.stage;
    this.me = changes.me ?? this.me;
    this.myAir = changes.myAir ?? this.myAir;
    this.call = changes.call ?? this.call;
    this.limits = changes.limits ?? this.limits;
    for (const one of changes.prompts) this.prompts.set(one.promptId, one);
    for (const one of changes.people) this.people.set(one.personId, one);
    for (const one of changes.contributions) this.contributions.set(one.contributionId, one);
    for (const one of changes.albums) this.albums.set(one.albumId, one);
    for (const one of changes.mine) this.mine.set(one.contributionId, one);
    for (const one of changes.shared) {
      if (one.shared) this.shared.set(one.contributionId, one);
      else this.shared.delete(one.contributionId);
    }
    for (const one of changes.guests) {
      if (one.gone) this.guests.delete(one.personId);
      else this.guests.set(one.personId, one);
    }
    this.latest = changes;
    this.changed();
    return true;
  }
}
