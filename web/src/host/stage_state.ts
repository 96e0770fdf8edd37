/** `<hl-stage-state>`: one line on the stage's health: running or away, late pictures, what an output says is wrong. */

import { css, html, nothing, type TemplateResult } from "lit";
import type { Levels } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { namingGuests, wrongInShort } from "./formatting.ts";
import { look } from "./look.ts";

const REFRESH_MS = 1000;
/** A thousandth of all pictures. */
const TOO_LATE = 0.001;

/** Late pictures in percent, as text worth showing. Pure. */
export function lateness({ latePictures, pictures }: Levels): string {
  if (latePictures === 0) return "no late pictures";
  // `pictures` are those that were shown; what was due is both.
  const percent = (latePictures / (latePictures + pictures)) * 100;
  return `${latePictures.toLocaleString("en")} late (${percent.toFixed(percent < 10 ? 1 : 0)} %)`;
}

export class StageState extends DeskElement {
  static override styles = [
    look,
    css`
      :host { min-width: 0; line-height: 1.3; overflow: hidden; }
      .line b { overflow: hidden; text-overflow: ellipsis; }
      .line { display: flex; align-items: center; gap: 7px; white-space: nowrap; }
      .dot { width: 10px; height: 10px; border-radius: 50%; background: var(--muted); flex: none; }
      .dot.good { background: var(--good); } .dot.bad { background: var(--live); } .dot.warn { background: var(--amber); }
      .outputs > * { white-space: nowrap; }
      .outputs { display: flex; gap: 4px 10px; font-size: 0.75rem; color: var(--muted); }
      @media (max-width: 1200px) { .outputs > :not(.wrong) { display: none; } }
      .wrong { color: #ffb3aa; }
      .rec { color: #ff8a7f; font-weight: 700; font-size: 0.75rem; }
    `,
  ];
  #ticking = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ticking = window.setInterval(() => this.requestUpdate(), REFRESH_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
  }

  protected override followed() {
    return [...super.followed(), this.desk.house];
  }

  override render(): TemplateResult {
    const { hub, house, meters } = this.desk;
    const away = hub.line !== "connected";
    const fresh = meters.isFresh(performance.now());
    const running = house.presence.stage || fresh;
    const state = away ? "bad" : running ? "good" : "bad";
    const words = away ? "Hub away, trying again" : running ? "Stage running" : "Stage away";
    return html`
      <div class="line" role="status"><span
          class="dot ${state}"></span><b>${words}</b>${
            hub.things.stage?.recording && running && !away
              ? html`<span class="rec"
          title="The program is being recorded">● REC</span>`
              : nothing
          }</div>
      ${fresh && meters.levels ? this.#outputs(meters.levels) : nothing}`;
  }

  #outputs(levels: Levels): TemplateResult {
    const outputs = Object.entries(levels.outputs).filter(([, state]) => state !== "off");
    const { hub } = this.desk;
    const late = levels.latePictures / Math.max(1, levels.latePictures + levels.pictures) > TOO_LATE;
    return html`<div class="outputs"><span class="number ${late ? "wrong" : ""}">${lateness(levels)}</span>
      ${outputs.map(([name, state]) =>
        state === "on"
          ? html`<span>${name}</span>`
          : this.#wrong(name, namingGuests(state, hub.things.guests.values())),
      )}</div>`;
  }

  #wrong(name: string, state: string): TemplateResult {
    // "media" is what the stage calls what comes to it.
    return html`<span class="wrong cut" title=${state}>${name === "media" ? state : wrongInShort(name, state)}</span>`;
  }
}

customElements.define("hl-stage-state", StageState);
