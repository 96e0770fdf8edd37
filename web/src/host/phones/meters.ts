/** `<hl-reaction-meters>`: what the hall gives back, as it comes: applause, hearts, hands, lighters, the tempo it taps. */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Reactions } from "../../wire.ts";
import type { Desk } from "../desk.ts";
import { look } from "../look.ts";
import { tempoOf } from "./acts.ts";

/** Counts are summed over this long, so that they can be read. */
const OVER_US = 3_000_000;

export class ReactionMeters extends LitElement {
  static override properties: PropertyDeclarations = { desk: { attribute: false } };
  static override styles = [
    look,
    css`
      .meter { height: 12px; border-radius: 6px; background: var(--dark); overflow: hidden; border: 1px solid var(--line); }
      .meter i { display: block; height: 100%; width: 100%; background: var(--amber); transform-origin: left; }
      dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin-top: 8px; }
      dt { color: var(--muted); font-size: 0.75rem; }
      dd { font-size: 1.125rem; font-weight: 700; font-variant-numeric: tabular-nums; }
    `,
  ];

  declare desk: Desk;
  #recent: Reactions[] = [];
  #stop: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = this.desk.hub.on("reactions", (told) => {
      this.#recent = [...this.#recent.filter((one) => told.atUs - one.atUs < OVER_US), told];
      this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
  }

  override render(): TemplateResult {
    const now = this.#recent.at(-1);
    const sum = (key: "hands" | "hearts") => this.#recent.reduce((total, one) => total + one[key], 0);
    const tempo = tempoOf(now);
    const applause = Math.round((now?.applause ?? 0) * 100);
    const number = (name: string, value: number | string) =>
      html`<div><dt>${name}</dt><dd data-what=${name}>${value}</dd></div>`;
    return html`<div class="row"><span class="muted">Applause</span><div class="meter grow" role="meter" aria-label="Applause"
        aria-valuemin="0" aria-valuemax="100" aria-valuenow=${applause}><i .style=${`transform: scaleX(${applause / 100})`}></i></div></div>
      <dl>${number("Hearts", sum("hearts"))}${number("Hands", sum("hands"))}${number("Lighters", now?.lighters ?? 0)}
        ${number("Tempo", tempo ? Math.round(tempo.bpm) : "–")}</dl>`;
  }
}

customElements.define("hl-reaction-meters", ReactionMeters);
