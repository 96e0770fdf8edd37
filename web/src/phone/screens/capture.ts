// The viewfinder: one big button records, the level shows that the microphone hears. Where the page may not record it says
// why and opens the phone's own apps. Gives each take away by `took`.
import { html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { minutesAndSeconds } from "../../shared/time.ts";
import type { Id } from "../../wire.ts";
import { LONGEST_S, type MediaKind } from "../kinds.ts";
import type { Take } from "../outbox/draft.ts";
import { canRecord, type Facing, openDevices, refusalInWords, whyNotInPage } from "../recording/devices.ts";
import { Listening, troubleInWords } from "../recording/listening.ts";
import { Recording } from "../recording/recording.ts";
import { takeOfFile, takeOfRecording, takePhoto } from "../recording/take.ts";
import { PageElement } from "./element.ts";
import { fileInputs } from "./file_inputs.ts";
import { icon } from "./icons.ts";

class Capture extends PageElement {
  static override properties: PropertyDeclarations = { kind: { attribute: false }, parents: { attribute: false } };
  declare kind: MediaKind;
  /** What a recording answers. */
  declare parents: readonly Id[];

  #facing: Facing = "environment";
  #stream: MediaStream | null = null;
  #listening: Listening | null = null;
  #recording: Recording | null = null;
  #refusal = whyNotInPage();
  #isOpening = false;
  /** The camera has given a first picture. */
  #isSeeing = false;

  override render(): TemplateResult {
    if (this.#refusal) {
      return html`
        <p class="reason">${icon("alert")}<span>${this.#refusal}</span></p>
        ${fileInputs(this.kind, true, this.#picked)}
      `;
    }
    const trouble = troubleInWords(this.#listening?.trouble ?? null);
    return html`
      <div class="capture" data-kind=${this.kind} data-recording=${this.#recording !== null}>
        ${this.#viewfinder()}
        <p class="trouble" role="status">${trouble ? html`${icon("alert")}<span>${trouble}</span>` : nothing}</p>
        <div class="shutter-row">
          <span class="beside"></span>
          ${this.#shutter()}
          <span class="beside">
            ${
              this.kind !== "sound" && !this.#recording
                ? html`<button type="button" class="round" aria-label="Turn the camera around" @click=${this.#flip}>${icon("flip")}</button>`
                : nothing
            }
          </span>
        </div>
        ${this.#recording ? nothing : fileInputs(this.kind, false, this.#picked)}
      </div>
    `;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (canRecord()) void this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#recording?.stop();
    this.#close();
  }

  protected override updated(_changed: PropertyValues): void {
    const video = this.querySelector("video");
    if (video && video.srcObject !== this.#stream) video.srcObject = this.#stream;
  }

  get isRecording(): boolean {
    return this.#recording !== null;
  }

  #viewfinder(): TemplateResult {
    const clock = html`<p class="clock" data-on=${this.#recording !== null}>
      ${minutesAndSeconds((this.#recording?.elapsedS ?? 0) * 1e6)}
      <span>/ ${minutesAndSeconds(LONGEST_S[this.kind] * 1e6)}</span>
    </p>`;
    const level = html`<meter class="level" aria-label="Microphone level" min="0" max="1" .value=${this.#listening?.level ?? 0}></meter>`;
    if (this.kind === "sound") return html`<div class="viewfinder hearing">${clock}${level}</div>`;
    return html`
      <div class="viewfinder">
        <video autoplay playsinline .muted=${true} data-facing=${this.#facing} aria-label="What the camera sees"
          @loadeddata=${this.#saw}></video>
        ${this.kind === "photo" && !this.#isSeeing ? html`<p class="waking" role="status">One moment…</p>` : nothing}
        ${this.kind === "video" ? html`${clock}${level}` : nothing}
      </div>
    `;
  }

  #shutter(): TemplateResult {
    if (this.kind === "photo") {
      return html`<button type="button" class="shutter" data-focus aria-label="Take the photo" ?disabled=${!this.#isSeeing} @click=${this.#snap}></button>`;
    }
    const label = this.#recording ? "Stop recording" : "Start recording";
    return html`<button type="button" class="shutter rec" data-focus aria-label=${label} ?disabled=${!this.#stream} @click=${this.#record}></button>`;
  }

  async #open(): Promise<void> {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      const stream = await openDevices(this.kind, this.#facing);
      if (!this.isConnected) {
        stop(stream);
        return;
      }
      this.#stream = stream;
      const [microphone] = stream.getAudioTracks();
      if (microphone) {
        this.#listening = new Listening(stream, microphone);
        this.#listening.watch(() => this.requestUpdate());
      }
      // A device that goes away while recording ends the take; what there is, is kept.
      for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#recording?.stop());
    } catch (error) {
      this.#refusal = refusalInWords(error, this.kind);
    } finally {
      this.#isOpening = false;
      this.requestUpdate();
    }
  }

  #close(): void {
    this.#listening?.close();
    this.#listening = null;
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.#isSeeing = false;
    this.services.wakeLock.release("recording");
  }

  readonly #saw = (): void => {
    this.#isSeeing = this.#stream !== null;
    this.requestUpdate();
  };

  readonly #flip = (): void => {
    this.#close();
    this.#facing = this.#facing === "user" ? "environment" : "user";
    void this.#open();
  };

  readonly #snap = async (): Promise<void> => {
    const viewfinder = this.querySelector("video");
    if (viewfinder && this.#isSeeing) this.#give(await takePhoto(viewfinder));
  };

  readonly #record = (): void => {
    if (this.#recording) {
      this.#recording.stop();
      return;
    }
    if (!this.#stream || this.kind === "photo") return;
    void this.services.wakeLock.hold("recording");
    this.#begin(this.kind, this.#stream);
    this.requestUpdate();
  };

  #begin(kind: "sound" | "video", stream: MediaStream): void {
    const spool = (stop: () => void) => this.services.drafts.spool(kind, this.parents, stop);
    const recording = new Recording({ kind, stream, longestS: LONGEST_S[kind], spool });
    this.#recording = recording;
    const ticking = setInterval(() => this.requestUpdate(), 250);
    void recording.finished.then(async () => {
      clearInterval(ticking);
      const take = await takeOfRecording(kind, recording);
      this.#recording = null;
      this.services.wakeLock.release("recording");
      if (this.isConnected) this.#give({ ...take, warning: this.#warningFor(take) });
      else void this.services.drafts.discard(recording.spool.id);
    });
  }

  #warningFor(take: Take): string {
    if (take.warning) return take.warning;
    if (!take.bytes.size) return "Nothing was recorded. Please record again.";
    if (this.#listening?.trouble === "ended") return troubleInWords("ended");
    if (this.#listening?.heard === false) return "We heard nothing in it. Play it before you send it.";
    return "";
  }

  readonly #picked = async (file: File): Promise<void> => this.#give(await takeOfFile(this.kind, file));

  #give(take: Take): void {
    this.#close();
    this.dispatchEvent(new CustomEvent<Take>("took", { detail: take, bubbles: true }));
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

customElements.define("phone-capture", Capture);
