/**
 * The host's desk: what the hub told, what is being looked at, and every deed of the console as one method.
 *
 * Elements render from it and call it; it touches no markup. A deed shows at once where it can, and what the hub refuses
 * is told in a notice and taken back.
 */

import type { Hub } from "../shared/hub.ts";
import { newId } from "../shared/ids.ts";
import type {
  Ack,
  AlbumView,
  Changes,
  ContributionView,
  Cue,
  HostAct,
  Id,
  Kind,
  Layer,
  Problem,
  Strip,
  Verdict,
} from "../wire.ts";
import * as acts from "./acts.ts";
import { AskedOrder } from "./asked_order.ts";
import { indexOf, settle } from "./cursor.ts";
import { Healths, House, Meters } from "./house.ts";
import { Notices } from "./notices.ts";
import { contributionOf } from "./on_stage.ts";
import { Pending } from "./pending.ts";
import { listed } from "./queue.ts";
import { View } from "./view.ts";

const DEEDS: Readonly<Record<Verdict, string>> = {
  approved: "Approving",
  held: "Holding",
  rejected: "Rejecting",
  waiting: "Putting back",
};

const AWAY: Problem = {
  code: "unavailable",
  message: "the hub is away: it goes out when the hub is back; on the stage machine the same key works now",
  retryAfterS: null,
};

export class Desk {
  readonly view = new View();
  readonly house = new House();
  readonly meters = new Meters();
  readonly healths = new Healths();
  readonly notices = new Notices();
  readonly pending = new Pending();
  readonly order = new AskedOrder();
  /** Prompts seen since this page was opened, newest last: pieces name them by id. */
  readonly prompts = new Map<Id, string>();
  #listedFor: unknown[] = [];
  #told: Changes | null = null;
  #listed: ContributionView[] = [];
  #changes = 0;
  #cursorIndex = 0;
  /** What PANIC and BLACKOUT were last asked to be, until the stage says the same. */
  readonly #meant: { panic?: boolean; blackout?: boolean } = {};

  constructor(
    readonly hub: Hub<HostAct>,
    readonly isHost: boolean,
  ) {
    hub.on("levels", (levels) => this.meters.take(levels, performance.now()));
    hub.on("health", (health) => this.healths.take(health));
    hub.on("presence", (presence) => this.house.setPresence(presence));
    hub.on("progress", (progress) => this.house.tell(progress, performance.now()));
    hub.things.watch(() => this.#follow());
    this.view.watch(() => this.#settle());
  }

  nameOf = (personId: Id): string => {
    const { people, guests } = this.hub.things;
    return people.get(personId)?.name || guests.get(personId)?.name || "Someone";
  };

  /** Who made what a layer or a strip is of, or is live there (a crew's camera too): whatever the audience reads of them. */
  whoseIs(thing: Layer | Strip): string {
    const { source, credit } = thing;
    const piece = this.piece(contributionOf(source));
    if (piece) return this.nameOf(piece.personId);
    if (source.type !== "live_source") return "";
    const guest = [...this.hub.things.guests.values()].find(({ streamId }) => streamId === source.streamId);
    return guest?.name || credit?.name || "";
  }

  /** Show time, as well as it is known: exact once the clock has met the hub's. */
  get nowUs(): number {
    const { clock, welcome } = this.hub;
    return clock.isSynchronised ? clock.nowUs() : (welcome?.nowUs ?? 0);
  }

  piece(id: Id | null): ContributionView | null {
    const piece = id === null ? undefined : this.hub.things.contributions.get(id);
    return piece ? this.pending.over(piece) : null;
  }

  /** The queue as filtered and sorted; the same array until something changes. */
  get list(): readonly ContributionView[] {
    const now = [this.view.filter, this.#changes];
    if (now.some((one, index) => one !== this.#listedFor[index])) {
      this.#listedFor = now;
      this.#listed = listed(this.pieces(), this.view.filter, this.nameOf);
    }
    return this.#listed;
  }

  *pieces(): Iterable<ContributionView> {
    for (const piece of this.hub.things.contributions.values()) yield this.pending.over(piece);
  }

  children(id: Id): ContributionView[] {
    const found: ContributionView[] = [];
    for (const piece of this.pieces()) if (piece.parents.includes(id)) found.push(piece);
    return found;
  }

  /** What the keys act on: the marked pieces, or else the one under the cursor. */
  get chosen(): readonly Id[] {
    if (this.view.marked.size > 0) return [...this.view.marked];
    return this.view.cursor === null ? [] : [this.view.cursor];
  }

  async judge(asked: readonly Id[], verdict: Verdict): Promise<boolean> {
    const ids = verdict === "approved" ? this.#usable(asked) : asked;
    if (ids.length === 0) return false;
    this.pending.give(ids, verdict);
    this.#retell();
    const ack = await this.ask(acts.judge(ids, verdict), DEEDS[verdict]);
    if (ack.ok) this.pending.accepted(ids, ack.offset);
    else this.pending.refused(ids);
    this.pending.seen(this.hub.things.offset);
    this.#retell();
    return ack.ok;
  }

  /** One click: approves what is not approved yet, then brings it on stage. */
  async stage(id: Id): Promise<void> {
    const piece = this.piece(id);
    if (!piece) return;
    if (piece.verdict !== "approved" && !(await this.judge([id], "approved"))) return;
    await this.ask(acts.putOnStage(id, this.view.transition, this.view.fadeMs), "Putting it on stage");
  }

  async retract(ids: readonly Id[]): Promise<void> {
    if (ids.length > 0) await this.ask(acts.retract(ids), "Retracting");
  }

  /** At once: it is needed in a hurry. A slip is undone from the notice, later by lifting it. */
  async ban(personId: Id, banned: boolean): Promise<void> {
    const before = this.#judged(personId);
    const ack = await this.ask(acts.ban(personId, banned), banned ? "Banning" : "Lifting the ban");
    if (!ack.ok) return;
    const name = this.nameOf(personId);
    if (!banned) this.notices.good(`${name} may send again`);
    else
      this.notices.undoable(`${name} is banned`, "All of theirs left the queue and the stage.", () => {
        void this.#unban(personId, before);
      });
  }

  /** The ban is lifted and their pieces stand in the queue as before; what was on stage, live or shared is not again. */
  async #unban(personId: Id, before: ReadonlyMap<Verdict, readonly Id[]>): Promise<void> {
    const ack = await this.ask(acts.ban(personId, false), "Lifting the ban");
    if (!ack.ok) return;
    for (const [verdict, ids] of before) {
      // Not what was judged again or taken back meanwhile.
      const still = ids.filter((id) => {
        const piece = this.piece(id);
        return piece && piece.state !== "withdrawn" && [verdict, "rejected"].includes(piece.verdict);
      });
      if (still.length > 0) await this.ask(acts.judge(still, verdict), DEEDS[verdict]);
    }
    this.notices.good(`${this.nameOf(personId)} is back`, "What was on stage or live stays off.");
  }

  /** The pieces of a person that a ban rejects, by the verdict they have now. */
  #judged(personId: Id): ReadonlyMap<Verdict, readonly Id[]> {
    const found = new Map<Verdict, Id[]>();
    for (const piece of this.pieces()) {
      if (piece.personId !== personId || piece.verdict === "rejected" || piece.state === "withdrawn") continue;
      found.set(piece.verdict, [...(found.get(piece.verdict) ?? []), piece.contributionId]);
    }
    return found;
  }

  async share(id: Id, shared: boolean): Promise<void> {
    await this.ask(acts.share(id, shared), shared ? "Sharing" : "Ending the sharing");
  }

  async setPrompt(text: string, kinds: readonly Kind[]): Promise<boolean> {
    const ack = await this.ask(acts.setPrompt(text, kinds), "Setting the prompt");
    if (ack.ok) this.notices.good("The prompt is out", "Every phone and the slate show it now.");
    return ack.ok;
  }

  async cue(cue: Cue, what: string): Promise<boolean> {
    return (await this.ask(acts.giveCue(cue), what)).ok;
  }

  async say(text: string): Promise<boolean> {
    const { transition, fadeMs } = this.view;
    return this.cue(
      {
        type: "put",
        layerId: newId(),
        source: { type: "text_source", text, contributionId: null },
        transition,
        fadeMs,
      },
      "Showing the words",
    );
  }

  /** Set the layers' order, back to front. */
  async arrange(layerIds: readonly Id[]): Promise<void> {
    this.order.ask(layerIds);
    this.#retell();
    const ack = await this.ask(acts.giveCue({ type: "arrange", layerIds }), "Changing the order");
    if (ack.ok) this.order.accepted(layerIds, ack.offset);
    else this.order.refused(layerIds);
    this.#believe();
    this.#retell();
  }

  clear(): void {
    void this.cue({ type: "clear", fadeMs: this.view.fadeMs }, "Clearing the stage");
  }

  credits(): void {
    void this.cue({ type: "show_credits", on: !(this.hub.things.stage?.scene.credits ?? true) }, "Credits");
  }

  panic(): void {
    const on = !this.isPanic;
    void this.#emergency("panic", on, { type: "panic", on });
  }

  blackout(): void {
    const on = !this.isBlackout;
    void this.#emergency("blackout", on, { type: "blackout", on });
  }

  get isPanic(): boolean {
    return this.#meant.panic ?? (this.hub.things.stage?.scene.panic.end ?? 0) > 0.5;
  }

  get isBlackout(): boolean {
    return this.#meant.blackout ?? this.hub.things.stage?.scene.blackout ?? false;
  }

  async makeAlbum(title: string): Promise<void> {
    const act = acts.makeAlbum(title);
    const ack = await this.ask(act, "Making the album");
    if (ack.ok) this.view.set({ albumId: act.albumId });
  }

  async addToAlbum(album: AlbumView, ids: readonly Id[]): Promise<void> {
    const fresh = ids.filter((id) => !album.entries.some((entry) => entry.contributionId === id));
    for (const id of fresh) {
      const ack = await this.ask(acts.placeInAlbum(album.albumId, id), "Adding to the album");
      if (!ack.ok) return;
    }
    if (fresh.length > 0) this.notices.good(`Added to “${album.title}”`);
  }

  /** Ask the hub; a refusal becomes a notice. */
  async ask(act: HostAct, what: string): Promise<Ack> {
    const ack = await this.hub.act(act);
    if (!ack.ok) this.notices.trouble(what, ack.problem);
    return ack;
  }

  /** The next press turns what was meant, not what the stage has said by now: two quick presses are there and back. */
  async #emergency(which: "panic" | "blackout", on: boolean, cue: Cue): Promise<void> {
    const what = which.toUpperCase();
    this.#meant[which] = on;
    this.#retell();
    if (this.hub.line !== "connected") this.notices.trouble(what, AWAY);
    if (!(await this.cue(cue, what))) delete this.#meant[which];
    this.#retell();
  }

  /** Those that can be shown one day; where none can, the host is told why. */
  #usable(ids: readonly Id[]): readonly Id[] {
    const failed = ids.filter((id) => this.piece(id)?.state === "failed");
    if (failed.length === 0) return ids;
    const message = this.piece(failed[0] ?? null)?.reason ?? "";
    if (failed.length === ids.length)
      this.notices.trouble("Approving", { code: "conflict", message, retryAfterS: null });
    return ids.filter((id) => !failed.includes(id));
  }

  #believe(): void {
    const { stage, offset } = this.hub.things;
    const layerIds = stage?.scene.layers.map(({ layerId }) => layerId) ?? [];
    this.order.seen(stage && { offset, pending: stage.pending, layerIds });
    if (!stage) return;
    const { scene } = stage;
    if (this.#meant.panic === scene.panic.end > 0.5) delete this.#meant.panic;
    if (this.#meant.blackout === scene.blackout) delete this.#meant.blackout;
  }

  #follow(): void {
    const { prompts, offset } = this.hub.things;
    for (const prompt of prompts.values()) this.prompts.set(prompt.promptId, prompt.text);
    this.pending.seen(offset);
    this.#tellWhoWillNot();
    this.#believe();
    this.#retell();
  }

  /** Who was asked and says no is gone from the list: the host is told, and may ask somebody else. */
  #tellWhoWillNot(): void {
    const { latest } = this.hub.things;
    if (!latest || latest === this.#told) return;
    this.#told = latest;
    for (const { name, gone, state, ended } of latest.guests) {
      if (!gone || state !== "invited") continue;
      if (ended === "declined") this.notices.good(`${name} would rather not`, "Ask somebody else.");
      if (ended === "expired") this.notices.good(`${name} did not answer`, "Ask again, or somebody else.");
    }
  }

  /** The cursor never stands on a piece that is not listed, nor do marks. */
  #settle(): void {
    const list = this.list;
    const { cursor, marked } = this.view;
    const settled = settle(list, cursor, this.#cursorIndex);
    this.#cursorIndex = indexOf(list, settled);
    const ids = marked.size > 0 ? new Set(list.map((piece) => piece.contributionId)) : marked;
    const kept = [...marked].filter((id) => ids.has(id));
    if (settled === cursor && kept.length === marked.size) return;
    this.view.set({ cursor: settled, marked: new Set(kept) });
  }

  #retell(): void {
    this.#changes += 1;
    this.view.set({});
  }
}
