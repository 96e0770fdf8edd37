/** `<hl-layers>`: what is on stage, front first. Order by dragging or by the arrows on each. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Layer } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { count } from "./formatting.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import "./layer_row.ts";
import { newId } from "../shared/ids.ts";
import { look } from "./look.ts";
import { present } from "./on_stage.ts";
import { dropped, moved } from "./places.ts";

const CLOCK_EVERY_MS = 500;

export class Layers extends DeskElement {
  static override properties: PropertyDeclarations = { over: { state: true } };

  static override styles = [
    look,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      ul {
        flex: 1; min-height: 0; overflow-y: auto; padding: 0 8px 8px; display: grid; gap: 6px;
        align-content: start; scrollbar-width: thin; scrollbar-color: var(--line-strong) transparent;
      }
      @media (max-width: 1200px) { .head kbd { display: none; } }
      li { border-radius: 11px; }
      li.over { box-shadow: 0 -3px 0 var(--amber); }
      li.dragged { opacity: 0.4; }
      form { display: flex; gap: 6px; padding: 8px; border-top: 1px solid var(--line); }
      input[type="color"] {
        width: 48px; height: 48px; flex: none; padding: 5px; border: 1px solid var(--line);
        border-radius: var(--radius-small); background: var(--raised); cursor: pointer;
      }
    `,
  ];

  declare over: string | null;
  #dragged: string | null = null;
  #ticking = 0;

  constructor() {
    super();
    this.over = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ticking = window.setInterval(() => {
      if (this.desk.hub.things.stage?.scene.layers.some(({ leavesPicture }) => leavesPicture !== null))
        this.requestUpdate();
    }, CLOCK_EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
  }

  protected override followed() {
    return [...super.followed(), this.desk.house];
  }

  override render(): TemplateResult {
    const stage = this.desk.hub.things.stage;
    const layers = this.#layers();
    const credits = stage?.scene.credits ?? true;
    return html`
      <div class="head"><h2>On stage</h2>
        ${
          stage && stage.pending > 0 && !this.desk.house.presence.stage
            ? html`<span
            class="muted" role="status">${count(stage.pending, "cue")} for the stage when it is back</span>`
            : nothing
        }
        <button class="button small" aria-pressed=${credits} title="Names of everyone on stage, as a lower third"
            @click=${() => this.desk.credits()}>Credits <kbd aria-hidden="true">${keyOf("credits")}</kbd></button>
        <button class="button small" ?disabled=${layers.length === 0 && (stage?.scene.strips.length ?? 0) === 0}
            title="Everything off, the slate comes up" @click=${() => this.desk.clear()}>Clear <kbd
            aria-hidden="true">${keyOf("clear")}</kbd></button>
      </div>
      ${
        layers.length === 0
          ? html`<p
              class="empty grow">The stage shows the slate: prompt, code and address.<br />Choose a piece and press <kbd>${keyOf("stage")}</kbd>.</p>`
          : html`
        <ul aria-label="Layers, front first">
          ${repeat(
            layers,
            (layer) => layer.layerId,
            (layer, index) => this.#row(layer, index, layers.length),
          )}
        </ul>`
      }
      <form @submit=${this.#say}>
        <input type="text" name="words" maxlength="280" dir="auto" aria-label="Words for the stage"
            placeholder="Words for the stage  (${keyOf("say")})" />
        <button class="button square" aria-label="Show the words" title="Show the words">${icon("stage")}</button>
        <input type="color" aria-label="Colour for the stage" title="Put a colour on stage" value="#1c1c7a"
            @change=${this.#colour} />
      </form>`;
  }

  focusWords(): void {
    this.renderRoot.querySelector<HTMLInputElement>('input[name="words"]')?.focus();
  }

  /** Front first. */
  #layers(): Layer[] {
    const scene = this.desk.hub.things.stage?.scene;
    if (!scene) return [];
    const layers = present(scene.layers, this.desk.meters.picture(performance.now(), scene.picturesPerSecond));
    const order = this.desk.order.over(layers.map(({ layerId }) => layerId));
    return layers.sort((a, b) => order.indexOf(b.layerId) - order.indexOf(a.layerId));
  }

  #row(layer: Layer, index: number, total: number): TemplateResult {
    const id = layer.layerId;
    return html`<li class=${`${this.over === id ? "over" : ""} ${this.#dragged === id ? "dragged" : ""}`}
      @dragover=${(event: DragEvent) => this.#hover(event, id)} @drop=${(event: DragEvent) => this.#drop(event, id)}>
      <hl-layer-row .desk=${this.desk} .layer=${layer} .isFront=${index === 0} .isBack=${index === total - 1}
        @dragstart=${() => {
          this.#dragged = id;
          this.requestUpdate();
        }} @dragend=${() => {
          this.#dragged = this.over = null;
          this.requestUpdate();
        }}
        @shift=${(event: CustomEvent<number>) => this.desk.arrange(moved(this.#ids(), id, event.detail))}></hl-layer-row></li>`;
  }

  /** Back to front, as cues say it. */
  #ids(): string[] {
    return this.#layers()
      .map(({ layerId }) => layerId)
      .reverse();
  }

  #hover(event: DragEvent, id: string): void {
    if (!this.#dragged || this.#dragged === id) return;
    event.preventDefault();
    this.over = id;
  }

  #drop(event: DragEvent, id: string): void {
    event.preventDefault();
    if (this.#dragged) void this.desk.arrange(dropped(this.#ids(), this.#dragged, id));
    this.#dragged = this.over = null;
  }

  async #say(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const words = String(new FormData(event.target).get("words") ?? "").trim();
    if (!words || !(await this.desk.say(words))) return;
    this.renderRoot.querySelector("form")?.reset();
    this.renderRoot.querySelector<HTMLInputElement>('input[name="words"]')?.blur(); // keys are keys again
  }

  #colour(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    const { transition, fadeMs } = this.desk.view;
    const source = { type: "solid_source", color: event.target.value } as const;
    void this.desk.cue(
      { type: "put", layerId: newId(), source, transition, fadeMs, place: { x: 0, y: 0, width: 1, height: 1 } },
      "Showing the colour",
    );
  }
}

customElements.define("hl-layers", Layers);
declare global {
  interface HTMLElementTagNameMap {
    "hl-layers": Layers;
  }
}
