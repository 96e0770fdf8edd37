/** `<hl-preview>`: a piece to look at and listen to, here only: words, photo, video, or sound with its waveform as the seek bar. */

import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import type { ContributionView } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { duration } from "./formatting.ts";
import { icon } from "./icons.ts";
import { look } from "./look.ts";
import { KIND_ICONS, mediaUrl, wave } from "./thumbnail.ts";

export class Preview extends DeskElement {
  static override properties: PropertyDeclarations = {
    piece: { attribute: false },
    playing: { state: true },
    at: { state: true },
  };

  static override styles = [
    look,
    css`
      :host { position: relative; border-radius: 10px; overflow: hidden; background: #000; min-height: 0; }
      video, img { width: 100%; height: 100%; object-fit: contain; display: block; }
      .words {
        height: 100%; display: grid; place-items: center; padding: 16px 20px; overflow: auto;
        font-size: 1.1875rem; line-height: 1.35; text-align: center; overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .none {
        height: 100%; display: grid; place-content: center; justify-items: center; gap: 8px;
        text-align: center; padding: 16px; color: var(--muted);
      }
      .none.reason { overflow: auto; font-size: 0.8125rem; line-height: 1.4; padding: 10px 14px; place-content: safe center; }
      .reason p::first-letter { text-transform: uppercase; }
      .none .icon { width: 32px; height: 32px; }
      .sound { position: absolute; inset: 0; display: grid; }
      .sound .wave {
        width: 100%; height: 100%; stroke: var(--info); stroke-width: 2; padding: 22px 12px;
        cursor: pointer; grid-area: 1 / 1;
      }
      .hand {
        grid-area: 1 / 1; width: 2px; background: var(--amber); justify-self: start; pointer-events: none;
        margin-left: 12px;
      }
      .play {
        position: absolute; left: 10px; bottom: 10px; width: 48px; height: 48px; border-radius: 50%;
        border: 0; display: grid; place-items: center; background: var(--amber); color: var(--on-accent);
      }
      .time {
        position: absolute; right: 10px; bottom: 10px; padding: 3px 8px; border-radius: 7px;
        background: #000000b3; font-variant-numeric: tabular-nums;
      }
      progress { width: 180px; height: 6px; accent-color: var(--amber); }
    `,
  ];

  declare piece: ContributionView;
  declare playing: boolean;
  declare at: number;
  /** Where to go on in the full clip that takes the place of its draft. */
  #goOn: { readonly atS: number; readonly isPlaying: boolean } | null = null;

  constructor() {
    super();
    this.playing = false;
    this.at = 0;
  }

  protected override followed() {
    return [this.desk.house];
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("piece");
    if (!before) return;
    if (before.contributionId !== this.piece.contributionId) {
      this.playing = false;
      this.at = 0;
      this.#goOn = null;
    } else if (before.renditions?.clip && before.renditions.clip.key !== this.piece.renditions?.clip?.key) {
      const media = this.#media;
      if (media) this.#goOn ??= { atS: media.currentTime, isPlaying: !media.paused };
    }
  }

  override render(): TemplateResult {
    const { kind, text, state, reason, renditions } = this.piece;
    if (kind === "text")
      return html`<div class="words" dir="auto" tabindex="0" role="region" aria-label="Words">${text}</div>`;
    if (state === "failed")
      return html`<div class="none reason" tabindex="0" role="region" aria-label="Why it can’t be used"><p>${reason}</p></div>`;
    if (state === "preparing" || !renditions) return this.#preparing();
    if (renditions.clip) {
      return html`<video src=${mediaUrl(renditions.clip.key)} playsinline preload="metadata" poster=${renditions.thumbnail ? mediaUrl(renditions.thumbnail.key) : nothing}
        @loadedmetadata=${this.#loaded} @timeupdate=${this.#moved} @play=${this.#turned} @pause=${this.#turned}
            @ended=${this.#turned} @click=${() => this.toggle()}></video>${this.#controls()}`;
    }
    if (renditions.still) return html`<img src=${mediaUrl(renditions.still.key)} alt="The photo" decoding="async" />`;
    if (!renditions.sound) return html`<div class="none">${icon(KIND_ICONS[kind])}</div>`;
    return html`
      <audio src=${mediaUrl(renditions.sound.key)} preload="metadata" @timeupdate=${this.#moved} @play=${this.#turned}
          @pause=${this.#turned} @ended=${this.#turned}></audio>
      <div class="sound" @click=${this.#seek}>${wave(renditions.waveform, 100)}<div class="hand"></div></div>
      ${this.#controls()}`;
  }

  override updated(): void {
    const hand = this.renderRoot.querySelector<HTMLElement>(".hand");
    if (hand) hand.style.transform = `translateX(${this.#fraction * (this.clientWidth - 24)}px)`;
  }

  /** Play or pause; words and photos have nothing to play. */
  toggle(): void {
    const media = this.#media;
    if (!media) return;
    if (media.paused)
      void media.play().catch(() =>
        this.desk.notices.trouble("Playing", {
          code: "bad_media",
          message: "this browser cannot play it; it can be put on stage all the same",
          retryAfterS: null,
        }),
      );
    else media.pause();
  }

  get #media(): HTMLMediaElement | null {
    return this.renderRoot.querySelector<HTMLMediaElement>("video, audio");
  }

  get #fraction(): number {
    const total = (this.piece.renditions?.durationUs ?? 0) / 1e6;
    return total > 0 ? Math.min(1, this.at / total) : 0;
  }

  #preparing(): TemplateResult {
    const fraction = this.desk.house.progress.get(this.piece.contributionId)?.told.fraction;
    return html`<div class="none">${icon(KIND_ICONS[this.piece.kind])}<p>Being prepared…</p>
      <progress aria-label="Preparing" max="1" .value=${fraction ?? 0}></progress></div>`;
  }

  #controls(): TemplateResult {
    const total = this.piece.renditions?.durationUs ?? 0;
    return html`<button class="play" aria-label=${this.playing ? "Pause the preview" : "Play the preview"} title="Space"
        @click=${() => this.toggle()}>${icon(this.playing ? "pause" : "play")}</button>
      <span class="time">${duration(Math.max(0, this.at * 1e6))} / ${duration(total)}</span>`;
  }

  #loaded(): void {
    const goOn = this.#goOn;
    const media = this.#media;
    this.#goOn = null;
    if (!goOn || !media) return;
    media.currentTime = goOn.atS;
    if (goOn.isPlaying) this.toggle();
  }

  #moved(): void {
    if (!this.#goOn) this.at = this.#media?.currentTime ?? 0;
  }

  #turned(): void {
    if (!this.#goOn) this.playing = !(this.#media?.paused ?? true);
  }

  #seek(event: MouseEvent): void {
    const media = this.#media;
    if (!media || !(event.currentTarget instanceof Element)) return;
    const box = event.currentTarget.getBoundingClientRect();
    const fraction = (event.clientX - box.left - 12) / (box.width - 24);
    media.currentTime = (Math.min(1, Math.max(0, fraction)) * (this.piece.renditions?.durationUs ?? 0)) / 1e6;
    this.#moved();
  }
}

customElements.define("hl-preview", Preview);
declare global {
  interface HTMLElementTagNameMap {
    "hl-preview": Preview;
  }
}
