/** `<hl-program-panel>`: what the hall sees now, nothing over it, and above it whether it is live and its sound on request. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import "../player/program_player.ts";
import { DeskElement } from "./desk_element.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";

export class ProgramPanel extends DeskElement {
  static override properties: PropertyDeclarations = { playing: { state: true }, sound: { state: true } };

  static override styles = [
    look,
    css`
      :host {
        overflow: hidden; background: var(--surface); border-radius: var(--radius); border: 2px solid var(--line);
      }
      :host([live]) { border-color: var(--live); }
      :host([safe]) { border-color: var(--info); }
      .top { display: flex; align-items: center; justify-content: space-between; padding-left: 12px; }
      .picture { position: relative; aspect-ratio: 16 / 9; background: #000; }
      hl-program-player { position: absolute; inset: 0; }
      .tag {
        padding: 3px 9px; border-radius: 7px; font-weight: 800; font-size: 0.75rem; letter-spacing: 0.08em;
        background: #000; color: var(--text);
      }
      .tag.live { background: #c2281b; color: #fff; }
      .tag.safe { background: var(--info); color: #00142b; }
      .none {
        position: absolute; inset: 0; display: grid; place-content: center; text-align: center; gap: 6px;
        padding: 20px; color: var(--muted);
      }
      .none b { color: var(--text); font-size: 1.0625rem; }
      .tools { display: flex; }
    `,
  ];

  declare playing: boolean;
  declare sound: boolean;

  constructor() {
    super();
    this.playing = false;
    this.sound = false;
  }

  override render(): TemplateResult {
    const { desk } = this;
    const safe = desk.isBlackout ? "BLACKOUT" : desk.isPanic ? "PANIC" : "";
    this.toggleAttribute("live", this.playing && !safe);
    this.toggleAttribute("safe", safe !== "");
    return html`
      <div class="top">
        <span class="tag ${safe ? "safe" : this.playing ? "live" : ""}">${safe || "PROGRAM"}</span>
        <div class="tools">
          <button class="button quiet" aria-pressed=${this.sound} aria-label="Hear the program here"
              title="Hear the program here"
              @click=${() => this.toggleSound()}>${icon(this.sound ? "sound" : "soundOff")}<kbd
              aria-hidden="true">${keyOf("sound")}</kbd></button>
          <a class="button square quiet" href="/stage" target="_blank" rel="noopener"
              aria-label="The program in a window of its own" title="The program in a window of its own">${icon("full")}</a>
        </div>
      </div>
      <div class="picture"><hl-program-player modest @program-playing=${(event: CustomEvent<boolean>) => {
        this.playing = event.detail;
      }}></hl-program-player>
      ${
        this.playing
          ? nothing
          : html`<div
          class="none" role="status"><b>No program yet</b><span>${this.#why()}</span></div>`
      }</div>`;
  }

  toggleSound(): void {
    const player = this.renderRoot.querySelector("hl-program-player");
    if (!player) return;
    if (!player.soundPossible) {
      this.desk.notices.trouble("Sound", {
        code: "unavailable",
        message:
          "this browser gives sound on https or localhost only; listen in the hall, or open the console by its https address",
        retryAfterS: null,
      });
      return;
    }
    player.setSound(!this.sound);
    this.sound = player.sound;
  }

  #why(): string {
    if (this.desk.hub.line !== "connected") return "The hub is away. The stage keeps playing what it has.";
    if (!this.desk.house.presence.stage) return "The stage is not connected. Start it with: houselights show";
    return "The stage is connected; its picture comes in a moment.";
  }

  protected override followed() {
    return [...super.followed(), this.desk.house];
  }
}

customElements.define("hl-program-panel", ProgramPanel);
declare global {
  interface HTMLElementTagNameMap {
    "hl-program-panel": ProgramPanel;
  }
}
