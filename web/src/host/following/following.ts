/**
 * `<hl-following>`: what a layer or a sound follows of the hall, how, how far, and how much of it there is just now.
 * Fires `follow` with `detail: Following | null`; a sound has no effect to choose and leaves that out.
 */

import {
  css,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import type { Following, Reactions, SoundFollowing } from "../../wire.ts";
import type { Desk } from "../desk.ts";
import "../fader_control.ts";
import { look } from "../look.ts";
import { CONTROLS, EFFECTS, isControl, levelOf, NEW } from "./followed.ts";

/** What was refused, or changed elsewhere meanwhile, is not held against the stage for longer. */
const BELIEVED_MS = 2000;

const isSame = (one: Following, other: Following | null): boolean =>
  one.control === other?.control && one.effect === other.effect && one.depth === other.depth;

export class FollowingControl extends LitElement {
  static override properties: PropertyDeclarations = {
    desk: { attribute: false },
    how: { attribute: false },
    of: { type: String },
    sounds: { type: Boolean },
  };

  static override styles = [
    look,
    css`
      :host { display: flex; flex-wrap: wrap; align-items: center; gap: 0 4px; }
      select {
        flex: 1 1 108px; min-width: 84px; min-height: var(--dense); padding: 0 24px 0 8px; font-size: 0.8125rem; border-color: var(--line);
      }
      .effect { flex: 0 1 92px; min-width: 76px; }
      hl-fader { flex: 1 1 72px; min-width: 44px; }
      .meter { flex: 0 0 100%; height: 4px; margin: 3px 0; border-radius: 2px; background: var(--dark); overflow: hidden; }
      .meter i { display: block; height: 100%; background: var(--amber); transform-origin: left; transition: transform 0.12s linear; }
    `,
  ];

  /** Set before the element is connected, once. */
  declare desk: Desk;
  declare how: Following | SoundFollowing | null;
  /** Whose it is. */
  declare of: string;
  declare sounds: boolean;

  #told: Reactions | null = null;
  /** What was asked last and is not so yet: another change must build on it, not take it back. */
  #meant: Following | null = null;
  #meantAtMs = 0;
  #stop: (() => void) | null = null;

  constructor() {
    super();
    this.how = null;
    this.of = "";
    this.sounds = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stop = this.desk.hub.on("reactions", (told) => {
      this.#told = told;
      this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const { how } = this;
    if (changed.has("how") && (!how || isSame({ ...NEW, ...how }, this.#meant))) this.#meant = null;
  }

  override render(): TemplateResult {
    const { how } = this;
    return html`<select aria-label=${`${this.of} follows`} title="Follow the hall" @change=${this.#control}>
        <option value="" ?selected=${!how}>Follows nothing</option>
        ${CONTROLS.map(([control, name]) => html`<option value=${control} ?selected=${control === how?.control}>${name}</option>`)}
      </select>${how ? this.#how(how) : nothing}`;
  }

  #how(how: Following | SoundFollowing): TemplateResult {
    const now = this.#over(how);
    const effects = this.sounds
      ? nothing
      : html`<select class="effect" aria-label=${`What ${this.of} does`} title="What it does" @change=${this.#effect}>
          ${EFFECTS.map(([effect, name]) => html`<option value=${effect} ?selected=${effect === now.effect}>${name}</option>`)}
        </select>`;
    const level = levelOf(this.#told, now.control);
    return html`${effects}<hl-fader label=${`How far ${this.of} follows`} .value=${now.depth} .home=${NEW.depth}
        @fade=${(event: CustomEvent<number>) => this.#follow({ depth: event.detail })}></hl-fader>
      <div class="meter" role="meter" aria-label=${`The hall, for ${this.of}`} aria-valuemin="0" aria-valuemax="100"
        aria-valuenow=${Math.round(level * 100)}><i .style=${`transform: scaleX(${level})`}></i></div>`;
  }

  #control(event: Event): void {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const { value } = event.target;
    if (isControl(value)) this.#follow({ control: value });
    else {
      this.#meant = null;
      this.dispatchEvent(new CustomEvent("follow", { detail: null }));
    }
  }

  #effect(event: Event): void {
    if (!(event.target instanceof HTMLSelectElement)) return;
    this.#follow({ effect: event.target.value === "swell" ? "swell" : "shine" });
  }

  #follow(change: Partial<Following>): void {
    this.#meant = { ...this.#over(this.how), ...change };
    this.#meantAtMs = performance.now();
    this.dispatchEvent(new CustomEvent<Following>("follow", { detail: this.#meant }));
  }

  #over(how: Following | SoundFollowing | null): Following {
    const meant = performance.now() - this.#meantAtMs < BELIEVED_MS ? this.#meant : null;
    return { ...NEW, ...how, ...meant };
  }
}

customElements.define("hl-following", FollowingControl);
