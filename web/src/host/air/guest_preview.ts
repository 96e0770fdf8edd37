/** `<hl-guest-preview>`: what a guest's camera and microphone give, here only; silent until one asks to hear it. */

import {
  css,
  html,
  LitElement,
  nothing,
  type PropertyDeclarations,
  type PropertyValues,
  type TemplateResult,
} from "lit";
import { capabilitiesOf } from "../../player/capability.ts";
import { MODEST_SHARE, Program } from "../../player/program.ts";
import type { Id } from "../../wire.ts";
import { whyUnseen } from "./guests.ts";

export class GuestPreview extends LitElement {
  static override properties: PropertyDeclarations = {
    stream: { attribute: false },
    hearing: { attribute: false },
    name: { attribute: false },
    sightless: { type: Boolean, reflect: true },
    trouble: { state: true },
    playing: { type: Boolean, reflect: true },
  };

  static override styles = css`
    :host { display: grid; place-items: center; overflow: hidden; background: #000; color: var(--muted); }
    canvas { grid-area: 1 / 1; width: 100%; height: 100%; object-fit: contain; min-height: 0; }
    :host(:not([playing])) canvas { visibility: hidden; }
    :host([sightless]) { display: none; }
    p { grid-area: 1 / 1; margin: 0; padding: 8px; text-align: center; font-size: 0.8125rem; }
  `;

  declare stream: Id;
  declare hearing: boolean;
  declare name: string;
  declare trouble: string;
  /** A microphone alone: heard, and nothing to see. */
  declare sightless: boolean;
  declare playing: boolean;
  #program: Program | null = null;

  constructor() {
    super();
    this.hearing = this.playing = this.sightless = false;
    this.trouble = this.name = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has("stream")) {
      this.#stop();
      this.#start();
    } else if (changed.has("hearing")) this.#program?.setSound(this.hearing);
  }

  override render(): TemplateResult {
    const words = this.trouble || (this.playing ? "" : "Waiting for the camera…");
    return html`<canvas role="img" aria-label=${`${this.name}, live`} width="320" height="180"></canvas>${
      words ? html`<p>${words}</p>` : nothing
    }`;
  }

  #start(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    const can = capabilitiesOf(window);
    if (!canvas || !can.webSocket) return;
    this.trouble = "";
    this.#program = new Program(
      canvas,
      can.videoDecoder ? "webcodecs" : "jpeg",
      {
        playing: (on) => {
          this.playing = on;
        },
        unsupported: () => {
          this.trouble = whyUnseen(isSecureContext);
        },
      },
      this.stream,
      MODEST_SHARE,
    );
    this.#program.setSound(this.hearing);
  }

  #stop(): void {
    this.#program?.close();
    this.#program = null;
    this.playing = false;
  }
}

customElements.define("hl-guest-preview", GuestPreview);
declare global {
  interface HTMLElementTagNameMap {
    "hl-guest-preview": GuestPreview;
  }
}
