/** `<hl-layer-row>`: one layer: order, place, opacity, on or off, away. Fires `shift` with `detail: number` (+1 to the front). */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Following, Layer, SetLayer } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import "./fader_control.ts";
import { saying } from "./following/followed.ts";
import "./following/following.ts";
import { duration } from "./formatting.ts";
import { icon } from "./icons.ts";
import { look } from "./look.ts";
import { contributionOf, isLeaving, secondsLeft, titleOf } from "./on_stage.ts";
import { PLACES, placeOf } from "./places.ts";
import { thumbnail, thumbnailLook } from "./thumbnail.ts";

export class LayerRow extends DeskElement {
  static override properties: PropertyDeclarations = {
    layer: { attribute: false },
    isFront: { attribute: false },
    isBack: { attribute: false },
    choosing: { state: true },
  };

  static override styles = [
    look,
    thumbnailLook,
    css`
      :host { border-radius: 11px; background: var(--raised); }
      .layer {
        display: grid; grid-template-columns: var(--dense) 76px minmax(0, 1fr) auto; gap: 0 8px;
        align-items: center; padding: 4px 6px 4px 0;
      }
      .off .thumb, .leaving { opacity: 0.5; }
      .grip { cursor: grab; display: block; }
      .thumb { width: 76px; height: 40px; }
      .thumb .words { font-size: 0.625rem; padding: 3px 5px; }
      .title { font-weight: 600; }
      .deeds { display: flex; gap: 0; }
      .set { grid-column: 2 / 5; display: flex; align-items: center; gap: 0 3px; }
      hl-following { grid-column: 2 / 5; }
      .set hl-fader { flex: 1 1 72px; min-width: 44px; }
      select {
        flex: 0 1 92px; min-width: 72px; min-height: var(--dense); padding: 0 24px 0 8px; font-size: 0.8125rem; border-color: var(--line);
      }
      .left { font-variant-numeric: tabular-nums; color: var(--amber); font-weight: 600; }
      @media (max-width: 1200px) {
        .layer { grid-template-columns: var(--dense) 56px minmax(0, 1fr) auto; gap: 0 4px; }
        .thumb { width: 56px; height: 36px; }
        .set hl-fader { min-width: 40px; }
        select { min-width: 60px; padding-right: 20px; }
      }
    `,
  ];

  declare layer: Layer;
  declare isFront: boolean;
  declare isBack: boolean;
  /** What it follows is open to be chosen. */
  declare choosing: boolean;

  constructor() {
    super();
    this.choosing = false;
  }

  override render(): TemplateResult {
    const { layer, desk } = this;
    const piece = desk.piece(contributionOf(layer.source));
    const whose = desk.whoseIs(layer);
    const title = piece ? whose : titleOf(layer, piece, whose);
    const scene = desk.hub.things.stage?.scene;
    const picturesPerSecond = scene?.picturesPerSecond ?? 30;
    const left = secondsLeft(layer, desk.meters.picture(performance.now(), picturesPerSecond), picturesPerSecond);
    const small = "button small square quiet";
    return html`
      <div class="layer ${layer.on && !layer.away ? "" : "off"} ${isLeaving(layer) ? "leaving" : ""}">
        <button class=${small} aria-label=${`To the front: ${title}`} title="To the front" ?disabled=${this.isFront}
              @click=${() => this.#shift(1)}>${icon("up")}</button>
        <span class="grip" draggable="true" title="Drag to change the order" @dragstart=${this.#grab}>${piece ? thumbnail(piece) : this.#own()}</span>
        <div class="row"><span class="title cut" dir="auto"
            title=${title}>${title}</span>${layer.away ? html`<span class="left">away</span>` : nothing}${
              left === null
                ? nothing
                : html`<span
            class="left">${duration(left * 1e6)}</span>`
            }</div>
        <div class="deeds">
          <button class=${small} aria-pressed=${layer.on} aria-label=${`Shown: ${title}`}
              title=${layer.on ? "Hide" : "Show"}
              @click=${() => this.#set({ on: !layer.on })}>${icon(layer.on ? "eye" : "eyeOff")}</button>
          <button class=${small} aria-label=${`Off the stage: ${title}`} title="Off the stage"
              @click=${this.#remove}>${icon("cross")}</button>
        </div>
        <button class=${small} aria-label=${`To the back: ${title}`} title="To the back" ?disabled=${this.isBack}
              @click=${() => this.#shift(-1)}>${icon("down")}</button>
        <div class="set">
          <hl-fader label=${`Opacity of ${title}`} .value=${layer.opacity}
              @fade=${(event: CustomEvent<number>) => this.#set({ opacity: event.detail })}></hl-fader>
          ${this.#look(title)}${this.#follows(title)}${this.#places(title)}
        </div>
        ${
          this.choosing
            ? html`<hl-following .desk=${desk} of=${title} .how=${layer.follows} @follow=${this.#follow}></hl-following>`
            : nothing
        }
      </div>`;
  }

  #own(): TemplateResult {
    const { source } = this.layer;
    if (source.type === "text_source")
      return html`<div class="thumb"><div class="words" dir="auto">${source.text}</div></div>`;
    return html`<div class="thumb own">${source.type === "live_source" ? icon("video") : nothing}</div>`;
  }

  override updated(): void {
    const own = this.renderRoot.querySelector<HTMLElement>(".own");
    if (own && this.layer.source.type === "solid_source") own.style.background = this.layer.source.color;
  }

  /** Filling its place, and the slow drift of a photo. */
  #look(title: string): TemplateResult {
    const { source, fit } = this.layer;
    const fills = fit === "cover";
    const small = "button small square quiet";
    if (source.type === "text_source" || source.type === "solid_source") return html``;
    const drift =
      source.type === "still_source"
        ? html`<button class=${small} aria-pressed=${source.kenBurns} aria-label=${`Slow drift: ${title}`}
            title="Slow drift" @click=${() => this.#set({ kenBurns: !source.kenBurns })}>${icon("drift")}</button>`
        : nothing;
    return html`${drift}<button class=${small} aria-pressed=${fills} aria-label=${`Fill its place: ${title}`}
        title="Fill its place, cut what does not fit"
        @click=${() => this.#set({ fit: fills ? "contain" : "cover" })}>${icon("fill")}</button>`;
  }

  #follows(title: string): TemplateResult {
    const { follows } = this.layer;
    return html`<button class="button small square quiet" aria-pressed=${follows !== null} aria-expanded=${this.choosing}
        aria-label=${`${saying(follows)}, ${title}`} title=${saying(follows)}
        @click=${() => {
          this.choosing = !this.choosing;
        }}>${icon("pulse")}</button>`;
  }

  #follow(event: CustomEvent<Following | null>): void {
    this.#set(event.detail ? { follows: event.detail } : { steady: true });
  }

  #places(title: string): TemplateResult {
    const current = placeOf(this.layer.place);
    return html`<select aria-label=${`Place of ${title}`} title="Place" @change=${this.#place}>
      ${current ? nothing : html`<option value="" selected>Its own place</option>`}
      ${PLACES.map(({ name }) => html`<option value=${name} ?selected=${name === current?.name}>${name}</option>`)}
    </select>`;
  }

  #place(event: Event): void {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const { value } = event.target;
    const place = PLACES.find(({ name }) => name === value);
    if (place) this.#set(place.rect ? { place: place.rect } : { autoPlace: true });
  }

  /** By its grip only: a layer that could be dragged anywhere would take the fader's pointer. */
  #grab(event: DragEvent): void {
    event.dataTransfer?.setData("text/plain", this.layer.layerId);
    event.dataTransfer?.setDragImage(this, 10, 20);
  }

  #shift(by: number): void {
    this.dispatchEvent(new CustomEvent("shift", { detail: by }));
  }

  #set(change: Partial<SetLayer>): void {
    void this.desk.cue({ type: "set_layer", layerId: this.layer.layerId, ...change }, "Changing the layer");
  }

  #remove(): void {
    void this.desk.cue(
      { type: "remove", layerIds: [this.layer.layerId], fadeMs: this.desk.view.fadeMs },
      "Taking it off",
    );
  }
}

customElements.define("hl-layer-row", LayerRow);
