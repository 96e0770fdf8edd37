/** `<hl-top-bar>`: the show's name and code, who is here, how the stage is, transition, PANIC and BLACKOUT. */

import { css, html, nothing, type TemplateResult } from "lit";
import { DeskElement } from "./desk_element.ts";
import "./emergency.ts";
import { count } from "./formatting.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";
import "./stage_state.ts";
import "./transition_choice.ts";

export class TopBar extends DeskElement {
  static override styles = [
    look,
    css`
      :host { display: flex; align-items: center; gap: 16px; padding: 6px 12px 6px 16px; }
      .show { min-width: 0; max-width: 200px; line-height: 1.25; }
      h1 { margin: 0; font-size: 1.0625rem; font-weight: 700; }
      .who { display: flex; align-items: center; gap: 6px; color: var(--muted); font-size: 0.75rem; white-space: nowrap; }
      .who .icon { width: 15px; height: 15px; }
      .code {
        display: grid; justify-items: start; gap: 0; height: 48px; padding: 2px 12px; line-height: 1.2;
        text-align: left; align-content: center;
      }
      .code b { font-size: 1.125rem; letter-spacing: 0.12em; color: var(--amber); }
      .code small { color: var(--muted); font-weight: 500; font-size: 0.6875rem; }
      hl-stage-state { flex: 1; }
      @media (max-width: 1200px) { :host { gap: 6px; padding: 6px 8px; } .show { max-width: 104px; overflow: hidden; } .hosts { display: none; } }
      @media (max-width: 760px) {
        :host { flex-wrap: wrap; position: sticky; top: 0; z-index: 10; justify-content: space-between; }
        .show { max-width: 55vw; }
        hl-stage-state { order: 1; flex: 1 0 max-content; max-width: 100%; }
        hl-transition-choice { order: 2; }
        .keys { display: none; }
        hl-emergency { order: 3; flex: 1 0 100%; }
      }
    `,
  ];

  protected override followed() {
    return [...super.followed(), this.desk.house];
  }

  override render(): TemplateResult {
    const { desk } = this;
    const { welcome } = desk.hub;
    const { audience, hosts } = desk.house.presence;
    return html`
      <div class="show">
        <h1 class="cut" dir="auto" title=${welcome?.title ?? ""}>${welcome?.title || "Houselights"}</h1>
        <div class="who">${icon("people")}<span
            class="number">${count(audience, "phone")}${hosts > 1 ? html`<span class="hosts"> · ${hosts} hosts</span>` : nothing}</span></div>
      </div>
      ${
        welcome?.code
          ? html`<button class="button code" title="Show the code large, for the hall"
          @click=${() => desk.view.set({ joinShown: true })}><small>Join code</small><b>${welcome.code}</b></button>`
          : nothing
      }
      <hl-stage-state .desk=${desk}></hl-stage-state>
      ${
        desk.isHost
          ? html`<hl-transition-choice .desk=${desk}></hl-transition-choice>`
          : html`<span
          class="muted">Moderator</span>`
      }
      <button class="button square quiet keys" aria-label="List of keys" title=${`List of keys (${keyOf("keys")})`}
          @click=${() => desk.view.set({ keysShown: true })}>${icon("keys")}</button>
      ${desk.isHost ? html`<hl-emergency .desk=${desk}></hl-emergency>` : nothing}`;
  }
}

customElements.define("hl-top-bar", TopBar);
