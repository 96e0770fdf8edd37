/** `<hl-guest-tile>`: one guest who is getting ready or on air: picture, level, health, and what may be done. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { canSound } from "../../player/sound_track.ts";
import type { GuestView, Id } from "../../wire.ts";
import { isFirst } from "../clicks.ts";
import { DeskElement } from "../desk_element.ts";
import { icon } from "../icons.ts";
import { look } from "../look.ts";
import "../meter.ts";
import * as acts from "./acts.ts";
import "./guest_preview.ts";
import { healthLine, seatOf, troubleLine, WANTS_NAMES, whyUnheard } from "./guests.ts";
import { performerButton } from "./performer.ts";

const COUNTDOWN_MS = 3000;
const AWAY = "Nothing is coming: the others have their room until they are back";

export class GuestTile extends DeskElement {
  static override properties: PropertyDeclarations = {
    guest: { attribute: false },
    isPreviewed: { attribute: false },
    look: { attribute: false, hasChanged: () => false },
  };

  static override styles = [
    look,
    css`
      :host { border: 2px solid var(--line); border-radius: 12px; background: var(--raised); overflow: hidden; }
      :host([on-air]) { border-color: var(--live); }
      hl-guest-preview { aspect-ratio: 16 / 9; }
      .words { padding: 6px 10px 8px; display: grid; gap: 5px; }
      .name { font-weight: 700; }
      .tag { padding: 2px 7px; border-radius: 6px; font-weight: 800; font-size: 0.6875rem; letter-spacing: 0.06em; }
      .tag.live { background: #c2281b; color: #fff; }
      .tag.soon { background: var(--amber); color: var(--on-accent); }
      .health { font-size: 0.75rem; color: var(--muted); font-variant-numeric: tabular-nums; }
      .health.none { color: #ff8a7f; }
      .deeds { display: flex; gap: 4px; flex-wrap: wrap; }
      .deeds .button:not(.square) { padding: 0 7px; }
      .mute[aria-pressed="true"] { background: var(--live-soft); border-color: var(--live); color: #ff8a7f; }
    `,
  ];

  declare guest: GuestView;
  declare isPreviewed: boolean;
  /** Asks for this one's picture, in the place of another's. */
  declare look: (streamId: Id) => void;

  protected override followed() {
    return [...super.followed(), this.desk.healths];
  }

  override updated(): void {
    const health = this.#health;
    if (health) this.renderRoot.querySelector("hl-meter")?.show(health.levelDb, performance.now());
  }

  override render(): TemplateResult {
    const { guest, desk } = this;
    const isOnAir = guest.state === "on_air";
    this.toggleAttribute("on-air", isOnAir);
    const line = healthLine(this.#health);
    const trouble = troubleLine(this.#health);
    const hearing = desk.view.hearing === guest.streamId;
    const unheard = whyUnheard(isSecureContext, canSound());
    return html`
      ${
        (this.isPreviewed || hearing) && guest.streamId
          ? html`<hl-guest-preview .stream=${guest.streamId} .name=${guest.name} .hearing=${hearing}
              ?sightless=${guest.wants === "microphone"}></hl-guest-preview>`
          : nothing
      }
      <div class="words">
        <div class="row"><span class="name cut grow" dir="auto">${guest.name || "Someone"}</span>${this.#tag()}</div>
        <div class="health ${line ? "" : "none"}">${line ?? (guest.isAway ? AWAY : "Nothing is coming yet")}${seatOf(guest) ? ` · ${seatOf(guest)}` : ""}</div>
        ${trouble ? html`<div class="health none">${trouble}</div>` : nothing}
        ${unheard && guest.wants === "microphone" ? html`<div class="health">${unheard}</div>` : nothing}
        ${guest.wants === "camera" ? nothing : html`<hl-meter label=${`Level of ${guest.name}`}></hl-meter>`}
        <div class="deeds">${isOnAir ? this.#mute() : this.#on()} ${this.#see()} ${guest.wants === "camera" ? nothing : this.#hear(hearing, unheard)}
          <button class="button small" @click=${(event: MouseEvent) => isFirst(event) && this.#drop()}>${isOnAir ? "Drop" : "Send off"}</button>
          ${guest.isCrew || guest.wants === "camera" ? nothing : performerButton(desk, guest)}
          ${
            guest.isCrew
              ? nothing
              : html`<button class="button small square quiet" aria-label=${`Ban ${guest.name}`} title="Ban this device, at once"
            @click=${(event: MouseEvent) => isFirst(event) && void this.desk.ban(guest.personId, true)}>${icon("ban")}</button>`
          }
        </div>
      </div>`;
  }

  get #health() {
    return this.guest.streamId === null ? undefined : this.desk.healths.streams.get(this.guest.streamId);
  }

  #tag(): TemplateResult {
    if (this.guest.isAway) return html`<span class="tag soon">AWAY</span>`;
    if (this.guest.state === "on_air") return html`<span class="tag live">ON AIR</span>`;
    if (this.guest.state === "called") return html`<span class="tag soon">COUNTING</span>`;
    return html`<span class="muted">${this.guest.isCrew ? "Crew" : WANTS_NAMES[this.guest.wants]}</span>`;
  }

  #on(): TemplateResult | typeof nothing {
    if (!this.desk.isHost) return nothing;
    const { streamId, state, name } = this.guest;
    return html`<button class="button small primary" ?disabled=${state === "called"} aria-label=${`On air: ${name}`}
      @click=${() => streamId && void this.desk.ask(acts.bringOnAir([streamId], COUNTDOWN_MS), "Going on air")}>On air</button>`;
  }

  #mute(): TemplateResult | typeof nothing {
    const strip = this.desk.hub.things.stage?.scene.strips.find(({ stripId }) => stripId === this.guest.streamId);
    const { streamId } = this.guest;
    if (!strip || !streamId) return nothing;
    return html`<button class="button small mute" aria-pressed=${strip.mute} aria-label=${`Mute ${this.guest.name}`}
      @click=${() => void this.desk.ask(acts.mute(streamId, !strip.mute), "Muting")}>${icon(
        strip.mute ? "soundOff" : "sound",
      )}Mute</button>`;
  }

  #see(): TemplateResult | typeof nothing {
    const { streamId, wants, name } = this.guest;
    if (this.isPreviewed || wants === "microphone" || streamId === null) return nothing;
    return html`<button class="button small" aria-label=${`Look at ${name}`} @click=${() => this.look(streamId)}>Look</button>`;
  }

  #hear(hearing: boolean, unheard: string): TemplateResult {
    return html`<button class="button small" aria-pressed=${hearing} ?disabled=${unheard !== ""} title=${unheard || nothing} aria-label=${`Hear ${this.guest.name} here`}
      @click=${() => this.desk.view.set({ hearing: hearing ? null : this.guest.streamId })}>Hear</button>`;
  }

  #drop(): void {
    const { streamId } = this.guest;
    if (streamId) void this.desk.ask(acts.drop([streamId]), "Letting them go");
  }
}

customElements.define("hl-guest-tile", GuestTile);
