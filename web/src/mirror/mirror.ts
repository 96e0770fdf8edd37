/**
 * `<hl-mirror>`: the program, full-bleed, with a sound and a fullscreen button that hide when the pointer rests, and a calm
 * slate while there is no program.
 */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import "../player/program_player.ts";
import type { ProgramPlayer } from "../player/program_player.ts";

const REST_AFTER_MS = 2500;

export class Mirror extends LitElement {
  static override properties: PropertyDeclarations = {
    playing: { state: true },
    sound: { state: true },
    soundPossible: { state: true },
    resting: { type: Boolean, reflect: true },
  };

  static override styles = css`
    :host { position: fixed; inset: 0; display: block; background: #000; color: var(--text); }
    :host([resting]) { cursor: none; }
    hl-program-player { position: absolute; inset: 0; }
    .slate {
      position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 22px;
      padding: 24px; text-align: center; text-wrap: balance; background: radial-gradient(ellipse 70% 55% at 50% 46%, #2a1d0c, var(--dark));
    }
    .slate h1 { margin: 0; font-size: clamp(2rem, 6vw, 4.5rem); letter-spacing: -0.01em; }
    .slate p { margin: 0; color: var(--muted); font-size: clamp(1rem, 2vw, 1.5rem); }
    .lamp {
      width: 16px; height: 16px; border-radius: 50%; background: var(--amber);
      box-shadow: 0 0 36px 12px #ffb23866; animation: breathe 4s ease-in-out infinite;
    }
    @keyframes breathe { 50% { opacity: 0.35; } }
    .tools { position: absolute; right: 24px; bottom: 24px; display: flex; gap: 10px; transition: opacity 260ms; }
    :host([resting]) .tools:not(:focus-within) { opacity: 0; }
    button {
      min-height: 48px; padding: 0 20px; border: 1px solid #ffffff59; border-radius: 14px;
      background: #000000b8; color: #fff; font: inherit; font-weight: 650; cursor: inherit;
    }
    button:hover { background: #241e1af0; border-color: #fff; }
    button:focus-visible { outline: 3px solid var(--amber); outline-offset: 2px; }
    button[aria-pressed="true"] { border-color: var(--amber); color: var(--amber); }
    .why { align-self: center; padding: 6px 14px; border-radius: 10px; background: #000000b8; color: var(--muted); }
    @media (prefers-reduced-motion: reduce) { .lamp { animation: none; } .tools { transition: none; } }
  `;

  declare playing: boolean;
  declare sound: boolean;
  declare soundPossible: boolean;
  declare resting: boolean;
  #rest = 0;

  constructor() {
    super();
    this.playing = this.sound = this.resting = false;
    this.soundPossible = true;
  }

  readonly #stir = (): void => {
    this.resting = false;
    clearTimeout(this.#rest);
    this.#rest = window.setTimeout(() => {
      this.resting = true;
    }, REST_AFTER_MS);
  };

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "f") this.#fullscreen();
    if (event.key === "v" || event.key === "m") this.#toggleSound();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    for (const event of ["pointermove", "pointerdown", "keydown"]) window.addEventListener(event, this.#stir);
    window.addEventListener("keydown", this.#pressed);
    this.#stir();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const event of ["pointermove", "pointerdown", "keydown"]) window.removeEventListener(event, this.#stir);
    window.removeEventListener("keydown", this.#pressed);
    clearTimeout(this.#rest);
  }

  override render(): TemplateResult {
    return html`
      <main>
        <hl-program-player @program-playing=${this.#played}></hl-program-player>
        ${
          this.playing
            ? ""
            : html`<div class="slate" role="status"><span class="lamp"></span><h1>The show goes on in a moment</h1>
                <p>The picture comes by itself as soon as the stage is there.</p></div>`
        }
        <div class="tools">
          ${
            this.soundPossible
              ? html`<button aria-pressed=${this.sound}
                  @click=${() => this.#toggleSound()}>${this.sound ? "Sound is on" : "Turn sound on"}</button>`
              : html`<span class="why">Sound needs https or localhost</span>`
          }
          <button @click=${() => this.#fullscreen()}>Fullscreen</button>
        </div>
      </main>`;
  }

  get #player(): ProgramPlayer | null {
    return this.renderRoot.querySelector("hl-program-player");
  }

  #played(event: CustomEvent<boolean>): void {
    this.playing = event.detail;
    this.soundPossible = this.#player?.soundPossible ?? false;
  }

  #toggleSound(): void {
    this.#player?.setSound(!this.sound);
    this.sound = this.#player?.sound ?? false;
  }

  #fullscreen(): void {
    if (document.fullscreenElement) void document.exitFullscreen();
    // Refused where a page may not (an iPhone): the button then does nothing, and nothing breaks.
    else void document.documentElement.requestFullscreen?.().catch(() => undefined);
  }
}

customElements.define("hl-mirror", Mirror);
