/** `<hl-guests>`: who asks to be live, is asked, gets ready, is on air; in the place of the queue while it is looked at. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { GuestView, Id, PersonView } from "../../wire.ts";
import { isFirst } from "../clicks.ts";
import { DeskElement } from "../desk_element.ts";
import { look } from "../look.ts";
import * as acts from "./acts.ts";
import "./calling.ts";
import "./guest_tile.ts";
import { floorOf, LINED_UP, PREVIEWS_AT_ONCE, previewed, seatOf, WANTS_NAMES } from "./guests.ts";
import { performerButton } from "./performer.ts";

const COUNTDOWN_MS = 3000;
const PEOPLE_FOUND = 8;

export class Guests extends DeskElement {
  static override properties: PropertyDeclarations = { sought: { state: true }, lookedAt: { state: true } };

  static override styles = [
    look,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .list { overflow-y: auto; min-height: 0; flex: 1; padding: 4px 10px 14px; display: grid; gap: 8px; align-content: start; }
      h2 {
        font-size: 0.75rem; font-weight: 700; letter-spacing: 0.09em; text-transform: uppercase; color: var(--muted);
        padding-top: 8px; display: flex; align-items: center; gap: 8px; min-height: 40px; margin: 0;
      }
      h2 .number { color: var(--text); margin-right: auto; }
      .tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 8px; }
      .one { display: flex; gap: 8px; align-items: center; padding: 6px 8px; border-radius: 10px; background: var(--raised); }
      .one .place { font-weight: 800; color: var(--amber); min-width: 1.4em; text-align: center; }
      .one small { display: block; color: var(--muted); }
      .slots { padding: 8px 12px 0; color: var(--muted); font-variant-numeric: tabular-nums; }
      .slots.full { color: var(--amber); }
    `,
  ];

  declare sought: string;
  /** Whom the host asked to see, newest first: where there are more cameras than decoders the oldest gives way. */
  declare lookedAt: readonly Id[];

  constructor() {
    super();
    this.sought = "";
    this.lookedAt = [];
  }

  override render(): TemplateResult {
    const { desk } = this;
    const floor = floorOf(desk.hub.things.guests.values());
    const { hearing } = desk.view;
    const shown = previewed(floor, hearing === null ? this.lookedAt : [hearing, ...this.lookedAt]);
    const tiles = (guests: readonly GuestView[]) =>
      html`<div class="tiles">${repeat(
        guests,
        ({ streamId }) => streamId,
        (guest) => html`<hl-guest-tile .desk=${desk} .guest=${guest}
          .isPreviewed=${guest.streamId !== null && shown.has(guest.streamId)}
          .look=${(streamId: Id) => this.#look(streamId)}></hl-guest-tile>`,
      )}</div>`;
    const nobody = floor.asking.length + floor.invited.length + floor.ready.length + floor.onAir.length === 0;
    return html`
      ${this.#slots()} ${desk.isHost ? html`<hl-calling .desk=${desk}></hl-calling>` : nothing}
      <div class="list">
        ${nobody ? html`<p class="empty">Nobody has a hand up. Ask somebody, or call the whole room.</p>` : nothing}
        ${floor.onAir.length > 0 ? html`<h2>On air <span class="number">${floor.onAir.length}</span></h2>${tiles(floor.onAir)}` : nothing}
        ${floor.ready.length > 0 ? html`<h2>Getting ready <span class="number">${floor.ready.length}</span>${this.#all(floor.ready)}</h2>${tiles(floor.ready)}` : nothing}
        ${floor.invited.length > 0 ? html`<h2>Asked, no answer yet <span class="number">${floor.invited.length}</span></h2>${floor.invited.map((guest) => this.#invited(guest))}` : nothing}
        ${floor.asking.length > 0 ? html`<h2>Hands up <span class="number">${floor.asking.length}</span>${this.#line(floor.asking)}</h2>${floor.asking.map((guest) => this.#hand(guest))}` : nothing}
        ${desk.isHost ? this.#people() : nothing} ${this.#banned()}
      </div>`;
  }

  #look(streamId: Id): void {
    this.lookedAt = [streamId, ...this.lookedAt.filter((id) => id !== streamId)].slice(0, PREVIEWS_AT_ONCE);
  }

  #slots(): TemplateResult | typeof nothing {
    const { limits } = this.desk.hub.things;
    if (!limits) return nothing;
    const full = limits.used >= limits.streams;
    return html`<p class="slots ${full ? "full" : ""}">${limits.used} of ${limits.streams} live places used${
      full ? ": drop somebody to make room" : ""
    }</p>`;
  }

  #all(ready: readonly GuestView[]): TemplateResult | typeof nothing {
    const ids = ready.flatMap(({ streamId, state }) => (streamId && state === "getting_ready" ? [streamId] : []));
    if (!this.desk.isHost || ids.length < 2) return nothing;
    return html`<button class="button small primary" @click=${() =>
      void this.desk.ask(acts.bringOnAir(ids, COUNTDOWN_MS), "Going on air")}>All on air</button>`;
  }

  /** Whom one put in line with their group, one can send home again. */
  #line(asking: readonly GuestView[]): TemplateResult | typeof nothing {
    if (!this.desk.isHost || !asking.some(({ byHost }) => byHost)) return nothing;
    return html`<button class="button small" title="Whom you put in line waits no longer; raised hands stay"
      @click=${() => void this.desk.ask(acts.clearLine(), "Clearing the line")}>Clear the line</button>`;
  }

  #hand(guest: GuestView): TemplateResult {
    return html`<div class="one" role="group" aria-label=${guest.name}><span class="place">${guest.number}</span>
      <span class="grow"><span class="cut" dir="auto">${guest.name || "Someone"}</span><small>${[
        guest.byHost ? LINED_UP[guest.gathering] : WANTS_NAMES[guest.wants],
        seatOf(guest),
      ]
        .filter((part) => part !== "")
        .join(" · ")}</small></span>
      ${guest.wants === "camera" ? nothing : performerButton(this.desk, guest)} ${
        this.desk.isHost
          ? html`<button class="button small primary" @click=${() =>
              void this.desk.ask(
                acts.invite([guest.personId], guest.wants, guest.gathering),
                "Inviting",
              )}>Invite</button>`
          : nothing
      }</div>`;
  }

  #invited(guest: GuestView): TemplateResult {
    return html`<div class="one" role="group" aria-label=${guest.name}><span class="grow cut" dir="auto">${guest.name || "Someone"}</span>
      ${guest.wants === "camera" ? nothing : performerButton(this.desk, guest)}
      <button class="button small" @click=${() => guest.streamId && void this.desk.ask(acts.drop([guest.streamId]), "Taking it back")}>Take back</button></div>`;
  }

  #people(): TemplateResult {
    const found = this.sought.trim() === "" ? [] : this.#found(this.sought.trim().toLowerCase());
    return html`<h2>Ask somebody by name</h2>
      <input type="search" aria-label="Find a person" placeholder="A name" .value=${this.sought}
        @input=${(event: Event) => {
          this.sought = event.target instanceof HTMLInputElement ? event.target.value : "";
        }} />
      ${found.map(
        (person) => html`<div class="one"><span class="grow cut" dir="auto">${person.name}</span>
        ${performerButton(this.desk, person)}
        <button class="button small" @click=${() => void this.desk.ask(acts.invite([person.personId], "both", "solo"), "Inviting")}>Invite</button></div>`,
      )}`;
  }

  /** Who sent no piece is found here alone. */
  #banned(): TemplateResult | typeof nothing {
    const banned = [...this.desk.hub.things.people.values()].filter((person) => person.banned);
    if (banned.length === 0) return nothing;
    return html`<h2>Banned <span class="number">${banned.length}</span></h2>${banned.map(
      ({
        personId,
        name,
      }) => html`<div class="one" role="group" aria-label=${name}><span class="grow cut" dir="auto">${name || "Someone"}</span>
        <button class="button small" @click=${(event: MouseEvent) => isFirst(event) && void this.desk.ban(personId, false)}>Unban</button></div>`,
    )}`;
  }

  #found(words: string): PersonView[] {
    const { people, guests } = this.desk.hub.things;
    const free = [...people.values()].filter(({ personId, banned }) => {
      const guest = guests.get(personId);
      return !banned && (guest === undefined || guest.streamId === null);
    });
    return free.filter(({ name }) => name.toLowerCase().includes(words)).slice(0, PEOPLE_FOUND);
  }
}

customElements.define("hl-guests", Guests);
