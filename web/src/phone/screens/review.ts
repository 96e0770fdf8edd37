// A take before it is sent: look, listen, trim both ends. Tells the part to be used by `trim` (null: all of it).
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { minutesAndSeconds } from "../../shared/time.ts";
import type { Trim } from "../../wire.ts";
import type { Take } from "../outbox/draft.ts";
import { peaksOf } from "../recording/peaks.ts";
import { bytesInWords } from "../sizes.ts";
import { PageElement } from "./element.ts";
import { icon } from "./icons.ts";

const BARS = 72;
/** The least that may be left between the two ends. */
const SHORTEST_S = 0.5;
const STEP_S = 0.1;

class Review extends PageElement {
  static override properties: PropertyDeclarations = { take: { attribute: false } };
  declare take: Take;

  #url = "";
  #durationS = 0;
  #startS = 0;
  #endS = 0;
  #peaks: readonly number[] | null = null;
  #canPlay = true;

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has("take")) return;
    URL.revokeObjectURL(this.#url);
    this.#url = URL.createObjectURL(this.take.bytes);
    this.#setDuration(this.take.durationS ?? 0);
    if (this.take.kind !== "photo") void this.#findPeaks();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    URL.revokeObjectURL(this.#url);
  }

  override render(): TemplateResult {
    const { kind, bytes, warning } = this.take;
    return html`
      <div class="review">
        ${warning ? html`<p class="trouble" role="alert">${icon("alert")}<span>${warning}</span></p>` : nothing}
        ${this.#canPlay ? this.#player() : bytes.size === 0 ? nothing : html`<p class="reason">${icon("alert")}<span>This browser can't show it, but the show can take it.</span></p>`}
        ${kind !== "photo" && this.#durationS > 2 * SHORTEST_S ? this.#trimmer() : nothing}
        <p class="small">${bytesInWords(bytes.size)}</p>
      </div>
    `;
  }

  protected override updated(_changed: PropertyValues): void {
    const canvas = this.querySelector("canvas");
    if (canvas) this.#draw(canvas);
  }

  #player(): TemplateResult {
    const failed = () => {
      this.#canPlay = false;
      this.requestUpdate();
    };
    switch (this.take.kind) {
      case "photo":
        return html`<img class="shown" src=${this.#url} alt="Your photo" @error=${failed} />`;
      case "sound":
        return html`<audio controls src=${this.#url} aria-label="Your sound" @error=${failed}
          @loadedmetadata=${this.#loaded} @durationchange=${this.#loaded} @timeupdate=${this.#stayInside} @play=${this.#fromStart}></audio>`;
      default:
        return html`<video class="shown" controls playsinline src=${this.#url} aria-label="Your video" @error=${failed}
          @loadedmetadata=${this.#loaded} @durationchange=${this.#loaded} @timeupdate=${this.#stayInside} @play=${this.#fromStart}></video>`;
    }
  }

  #trimmer(): TemplateResult {
    const end = (which: "start" | "end", label: string, value: number) => html`
      <label>
        <span class="unseen">${label}</span>
        <input type="range" name=${which} min="0" max=${this.#durationS.toFixed(1)} step=${STEP_S} .value=${value.toFixed(1)}
          aria-valuetext=${minutesAndSeconds(value * 1e6)} @input=${this.#moved} />
      </label>
    `;
    return html`
      <div class="trimmer" role="group" aria-label="Trim the ends">
        <div class="strip">
          <canvas width="720" height="112" aria-hidden="true"></canvas>
          ${end("start", "Where it starts", this.#startS)} ${end("end", "Where it ends", this.#endS)}
        </div>
        <p class="ends"><span>${tenths(this.#startS)}</span><span class="kept">${tenths(this.#endS - this.#startS)} s kept</span><span>${tenths(this.#endS)}</span></p>
      </div>
    `;
  }

  readonly #moved = (event: Event): void => {
    const { name, valueAsNumber } = event.target as HTMLInputElement;
    if (name === "start") this.#startS = Math.min(valueAsNumber, this.#endS - SHORTEST_S);
    else this.#endS = Math.max(valueAsNumber, this.#startS + SHORTEST_S);
    this.#startS = Math.max(0, this.#startS);
    this.#endS = Math.min(this.#durationS, this.#endS);
    const player = this.#media;
    if (player) player.currentTime = name === "start" ? this.#startS : Math.max(this.#startS, this.#endS - 1);
    (event.target as HTMLInputElement).value = String(name === "start" ? this.#startS : this.#endS);
    this.#tell();
    this.requestUpdate();
  };

  readonly #loaded = (event: Event): void => {
    const player = event.target as HTMLMediaElement;
    if (Number.isFinite(player.duration) && player.duration > 0) {
      if (Math.abs(player.duration - this.#durationS) > 0.05) this.#setDuration(player.duration);
      this.requestUpdate();
    } else if (event.type === "loadedmetadata") {
      // A recording in WebM does not know how long it is until it was read to its end.
      player.addEventListener("timeupdate", () => (player.currentTime = 0), { once: true });
      player.currentTime = 1e7;
    }
  };

  readonly #stayInside = (event: Event): void => {
    const player = event.target as HTMLMediaElement;
    if (!player.paused && this.#endS && this.#endS < this.#durationS && player.currentTime >= this.#endS)
      player.pause();
  };

  readonly #fromStart = (event: Event): void => {
    const player = event.target as HTMLMediaElement;
    const isOutside = player.currentTime < this.#startS || player.currentTime >= this.#endS - STEP_S;
    if (this.#endS && isOutside) player.currentTime = this.#startS;
  };

  get #media(): HTMLMediaElement | null {
    return this.querySelector("audio, video");
  }

  #setDuration(durationS: number): void {
    this.#durationS = durationS;
    this.#startS = 0;
    this.#endS = durationS;
  }

  #tell(): void {
    const isWhole = this.#startS < STEP_S / 2 && this.#endS > this.#durationS - STEP_S / 2;
    const trim: Trim = { startUs: Math.round(this.#startS * 1e6), endUs: Math.round(this.#endS * 1e6) };
    this.dispatchEvent(new CustomEvent<Trim | null>("trim", { detail: isWhole ? null : trim, bubbles: true }));
  }

  async #findPeaks(): Promise<void> {
    this.#peaks = await peaksOf(this.take.bytes, BARS);
    this.requestUpdate();
  }

  #draw(canvas: HTMLCanvasElement): void {
    const pen = canvas.getContext("2d");
    if (!pen) return;
    const colours = getComputedStyle(canvas);
    const { width, height } = canvas;
    const from = (this.#startS / this.#durationS) * width;
    const to = (this.#endS / this.#durationS) * width;
    pen.clearRect(0, 0, width, height);
    const step = width / BARS;
    for (let bar = 0; bar < BARS; bar++) {
      const x = bar * step + step / 2;
      const tall = Math.max(6, (this.#peaks?.[bar] ?? 0.12) * (height - 16));
      pen.fillStyle =
        x >= from && x <= to ? colours.getPropertyValue("--amber") : colours.getPropertyValue("--line-strong");
      pen.beginPath();
      pen.roundRect(x - step * 0.3, (height - tall) / 2, step * 0.6, tall, step * 0.3);
      pen.fill();
    }
  }
}

const tenths = (seconds: number): string => seconds.toFixed(1);

customElements.define("phone-review", Review);
