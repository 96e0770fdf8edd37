/**
 * `<hl-knob>`: a small dial from `min` to `max`. Drag up and down, or use the arrow keys; a double click goes to `home`.
 * Fires `turn` with `detail: number`.
 */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import { arc, SWEEP_DEGREES } from "./arc.ts";
import { Draft } from "./draft.ts";
import { look } from "./look.ts";

/** A full turn takes this much pointer travel. */
const TRAVEL_PX = 140;

export class Knob extends LitElement {
  static override properties: PropertyDeclarations = {
    value: { type: Number },
    min: { type: Number },
    max: { type: Number },
    home: { type: Number },
    step: { type: Number },
    label: { type: String },
    name: { type: String },
    say: { attribute: false },
  };

  static override styles = [
    look,
    css`
      :host { display: block; width: 52px; text-align: center; }
      [role="slider"] {
        display: grid; align-items: center; width: var(--dense); height: var(--dense); margin: 0 auto; border-radius: 50%; cursor: ns-resize;
        touch-action: none;
      }
      svg { display: block; width: 36px; height: 36px; margin: 0 auto; fill: none; stroke-width: 4; stroke-linecap: round; }
      .track { stroke: var(--line); }
      .value { stroke: var(--amber); }
      .hand { stroke: var(--text); stroke-width: 2.5; }
      span { display: block; font-size: 0.6875rem; line-height: 1.2; color: var(--muted); }
      .now { color: var(--text); font-variant-numeric: tabular-nums; }
    `,
  ];

  declare value: number;
  declare min: number;
  declare max: number;
  declare home: number;
  declare step: number;
  /** Whole name, for screen readers. */
  declare label: string;
  /** Short name, printed. */
  declare name: string;
  declare say: (value: number) => string;
  readonly #draft = new Draft(this, (value) => this.dispatchEvent(new CustomEvent("turn", { detail: value })));
  #from: { readonly y: number; readonly value: number } | null = null;

  constructor() {
    super();
    this.value = this.min = this.home = 0;
    this.max = this.step = 1;
    this.label = this.name = "";
    this.say = String;
  }

  override render(): TemplateResult {
    const shown = this.#draft.over(this.value);
    const at = this.#fraction(shown);
    const angle = at * SWEEP_DEGREES - SWEEP_DEGREES / 2;
    return html`
      <div role="slider" tabindex="0" aria-label=${this.label} aria-valuemin=${this.min} aria-valuemax=${this.max}
        aria-valuenow=${shown} aria-valuetext=${this.say(shown)} title=${`${this.label}: ${this.say(shown)} (double click: back)`}
        @pointerdown=${this.#grab} @pointermove=${this.#drag} @pointerup=${this.#drop} @pointercancel=${this.#drop}
        @keydown=${this.#key} @dblclick=${() => this.#put(this.home)}>
        <svg viewBox="0 0 36 36" aria-hidden="true">
          <path class="track" d=${arc(0, 1)} /><path class="value" d=${arc(this.#fraction(this.home), at)} />
          <path class="hand" d="M18 12V7" transform=${`rotate(${angle} 18 18)`} />
        </svg>
      </div>
      <span aria-hidden="true">${this.name}</span><span class="now" aria-hidden="true">${this.say(shown)}</span>`;
  }

  #fraction(value: number): number {
    return (value - this.min) / (this.max - this.min);
  }

  #clamp(value: number): number {
    const stepped = Math.round(value / this.step) * this.step;
    return Math.min(this.max, Math.max(this.min, Number(stepped.toFixed(4))));
  }

  #put(value: number): void {
    this.#draft.move(this.#clamp(value));
    this.#draft.end();
  }

  #grab(event: PointerEvent): void {
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
    this.#from = { y: event.clientY, value: this.#draft.over(this.value) };
  }

  #drag(event: PointerEvent): void {
    if (!this.#from) return;
    const by = ((this.#from.y - event.clientY) / TRAVEL_PX) * (this.max - this.min);
    this.#draft.move(this.#clamp(this.#from.value + by));
  }

  #drop(): void {
    if (this.#from) this.#draft.end();
    this.#from = null;
  }

  #key(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: 1,
      ArrowRight: 1,
      ArrowDown: -1,
      ArrowLeft: -1,
      PageUp: 5,
      PageDown: -5,
    };
    const by = steps[event.key];
    if (by === undefined && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    const ends = event.key === "Home" ? this.min : this.max;
    this.#put(by === undefined ? ends : this.#draft.over(this.value) + by * this.step);
  }
}

customElements.define("hl-knob", Knob);
