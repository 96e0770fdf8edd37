/**
 * `<hl-program-player>`: the program in a box, by the best way this browser has (`?player=` forces one).
 *
 * Fires `program-playing` with `detail: boolean` when pictures begin or cease. Sound is off until `setSound(true)` is
 * called from a click. With `modest` set its pictures take no more of the page's time than they should beside other things.
 */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import { capabilitiesOf, choosePlayer, nextBest, type PlayerKind } from "./capability.ts";
import { MODEST_SHARE, Program } from "./program.ts";
import { canSound } from "./sound_track.ts";

const MJPEG_RETRY_MS = 2000;

export class ProgramPlayer extends LitElement {
  static override properties: PropertyDeclarations = {
    kind: { type: String, reflect: true },
    playing: { type: Boolean, reflect: true },
    sound: { type: Boolean, reflect: true },
    modest: { type: Boolean },
  };

  static override styles = css`
    :host { display: block; position: relative; overflow: hidden; background: #000; }
    canvas, img { display: block; width: 100%; height: 100%; object-fit: contain; }
    :host(:not([playing])) canvas, :host(:not([playing])) img { visibility: hidden; }
  `;

  declare kind: PlayerKind;
  declare playing: boolean;
  declare sound: boolean;
  declare modest: boolean;
  #program: Program | null = null;
  #retry = 0;

  constructor() {
    super();
    const forced = new URLSearchParams(window.location.search).get("player");
    this.kind = choosePlayer(forced, capabilitiesOf(window));
    this.playing = false;
    this.sound = false;
    this.modest = false;
  }

  /** Whether this browser can give the program's sound at all. */
  get soundPossible(): boolean {
    return this.kind === "webcodecs" && canSound();
  }

  /** Pictures drawn so far (0 where the browser draws by itself). */
  get drawn(): number {
    return this.#program?.drawn ?? 0;
  }

  setSound(on: boolean): void {
    this.sound = on && this.soundPossible;
    this.#program?.setSound(this.sound);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  override firstUpdated(): void {
    this.#start();
  }

  override render(): TemplateResult {
    if (this.kind === "mjpeg") {
      return html`<img src="/live/program/mjpeg" alt="The program" @load=${() => this.#setPlaying(true)}
          @error=${this.#retryImage} />`;
    }
    return html`<canvas role="img" aria-label="The program" width="1280" height="720"></canvas>`;
  }

  #start(): void {
    const canvas = this.renderRoot.querySelector("canvas");
    if (this.kind === "mjpeg" || !canvas) return;
    const listener = {
      playing: (on: boolean) => this.#setPlaying(on),
      unsupported: () => void this.#stepDown(),
    };
    this.#program = new Program(canvas, this.kind, listener, "program", this.modest ? MODEST_SHARE : 1);
    this.#program.setSound(this.sound);
  }

  #stop(): void {
    clearTimeout(this.#retry);
    this.#program?.close();
    this.#program = null;
    this.#setPlaying(false);
  }

  async #stepDown(): Promise<void> {
    this.#stop();
    this.kind = nextBest(this.kind);
    this.sound = false;
    await this.updateComplete;
    this.#start();
  }

  #retryImage(): void {
    this.#setPlaying(false);
    this.#retry = window.setTimeout(() => {
      const image = this.renderRoot.querySelector("img");
      if (image) image.src = `/live/program/mjpeg?again=${Date.now()}`;
    }, MJPEG_RETRY_MS);
  }

  #setPlaying(on: boolean): void {
    if (on === this.playing) return;
    this.playing = on;
    this.dispatchEvent(new CustomEvent("program-playing", { detail: on }));
  }
}

customElements.define("hl-program-player", ProgramPlayer);
declare global {
  interface HTMLElementTagNameMap {
    "hl-program-player": ProgramPlayer;
  }
}
