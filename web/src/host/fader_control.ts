/** `<hl-fader>`: a horizontal fader. Fires `fade` with `detail: number` (0…1); a double click goes to `home`. */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { Draft } from "./draft.ts";
import { look } from "./look.ts";

export class FaderControl extends LitElement {
  static override properties: PropertyDeclarations = {
    value: { type: Number },
    home: { type: Number },
    label: { type: String },
    say: { attribute: false },
    disabled: { type: Boolean },
  };

  static override styles = [
    look,
    css`
      :host { flex: 1; min-width: 60px; }
      input {
        -webkit-appearance: none; appearance: none; display: block; width: 100%; height: var(--dense, 40px); margin: 0;
        background: none; cursor: pointer; border-radius: 6px;
      }
      input::-webkit-slider-runnable-track {
        height: 6px; border-radius: 3px;
        background: linear-gradient(to right, var(--amber) var(--filled), var(--line) var(--filled));
      }
      input::-moz-range-track { height: 6px; border-radius: 3px; background: var(--line); }
      input::-moz-range-progress { height: 6px; border-radius: 3px; background: var(--amber); }
      input::-webkit-slider-thumb {
        -webkit-appearance: none; width: 14px; height: 24px; margin-top: -9px; border-radius: 5px;
        background: var(--text); border: 4px solid var(--raised); box-shadow: 0 0 0 1px var(--line-strong);
      }
      input::-moz-range-thumb {
        width: 8px; height: 18px; border-radius: 4px; background: var(--text);
        border: 3px solid var(--raised);
      }
      input:disabled { opacity: 0.4; cursor: default; }
    `,
  ];

  declare value: number;
  declare home: number;
  declare label: string;
  declare say: (value: number) => string;
  declare disabled: boolean;
  readonly #draft = new Draft(this, (value) => this.dispatchEvent(new CustomEvent("fade", { detail: value })));

  constructor() {
    super();
    this.value = 0;
    this.home = 1;
    this.label = "";
    this.say = (value) => `${Math.round(value * 100)} %`;
    this.disabled = false;
  }

  override render(): TemplateResult {
    const shown = this.#draft.over(this.value);
    return html`<input type="range" min="0" max="1" step="0.005" aria-label=${this.label} aria-valuetext=${this.say(shown)}
      title=${`${this.label}: ${this.say(shown)} (double click: back)`} ?disabled=${this.disabled} .value=${live(String(shown))}
      @input=${this.#moved} @change=${() => this.#draft.end()} @dblclick=${this.#goHome} />`;
  }

  override updated(): void {
    const input = this.renderRoot.querySelector("input");
    input?.style.setProperty("--filled", `${this.#draft.over(this.value) * 100}%`);
  }

  #moved(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.#draft.move(event.target.valueAsNumber);
  }

  #goHome(): void {
    this.#draft.move(this.home);
    this.#draft.end();
  }
}

customElements.define("hl-fader", FaderControl);
