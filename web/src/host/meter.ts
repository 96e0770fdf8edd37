/** `<hl-meter>`: a level in decibels as a bar, with the peak kept a moment. Drawn without rendering: fifteen times a second. */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import { meterHeight, meterZone } from "./fader.ts";
import { look } from "./look.ts";

const KEEP_PEAK_MS = 1200;

export class Meter extends LitElement {
  static override properties: PropertyDeclarations = { label: { type: String } };

  static override styles = [
    look,
    css`
      :host { height: 8px; position: relative; border-radius: 3px; overflow: hidden; background: #000; }
      .level { position: absolute; inset: 0; transform-origin: left; transform: scaleX(0); background: var(--good); }
      .level[data-zone="quiet"] {
        background: #3d8f64; } .level[data-zone="hot"] { background: var(--amber);
        } .level[data-zone="over"] { background: var(--live);
      }
      .peak { position: absolute; top: 0; bottom: 0; left: 0; width: 2px; background: var(--text); opacity: 0; }
      .zero { position: absolute; top: 0; bottom: 0; right: 15%; width: 1px; background: #ffffff40; }
    `,
  ];

  declare label: string;
  #peakDb = -120;
  #peakAtMs = 0;

  constructor() {
    super();
    this.label = "";
  }

  override render(): TemplateResult {
    return html`<div role="img" aria-label=${this.label}><div class="level"></div><div class="peak"></div><div
        class="zero"></div></div>`;
  }

  show(db: number, nowMs: number): void {
    const level = this.renderRoot.querySelector<HTMLElement>(".level");
    const peak = this.renderRoot.querySelector<HTMLElement>(".peak");
    if (!level || !peak) return;
    if (db >= this.#peakDb || nowMs - this.#peakAtMs > KEEP_PEAK_MS) {
      this.#peakDb = db;
      this.#peakAtMs = nowMs;
    }
    level.style.transform = `scaleX(${meterHeight(db)})`;
    level.setAttribute("data-zone", meterZone(db));
    peak.style.transform = `translateX(${meterHeight(this.#peakDb) * this.clientWidth - 2}px)`;
    peak.style.opacity = this.#peakDb > -60 ? "1" : "0";
  }
}

customElements.define("hl-meter", Meter);
declare global {
  interface HTMLElementTagNameMap {
    "hl-meter": Meter;
  }
}
