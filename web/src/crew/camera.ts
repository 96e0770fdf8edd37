// `<crew-camera>`: pick camera, microphone and a name, offer them; a large picture of oneself, and the tally: READY, NEXT, ON AIR.
import { html, LitElement, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { troubleInWords } from "../phone/air/troubles.ts";
import { Listening } from "../phone/recording/listening.ts";
import { WakeLock } from "../phone/recording/wake_lock.ts";
import { Follow } from "../shared/follow.ts";
import type { Hub } from "../shared/hub.ts";
import type { CrewAct, GuestState, Wants } from "../wire.ts";
import { Offer } from "./offer.ts";

const WANTS: readonly (readonly [Wants, string])[] = [
  ["both", "Picture and sound"],
  ["camera", "Picture"],
  ["microphone", "Sound (the desk)"],
];
const TALLY: Partial<Record<GuestState, string>> = { getting_ready: "READY", called: "NEXT", on_air: "ON AIR" };

export class Camera extends LitElement {
  static override properties: PropertyDeclarations = { hub: { attribute: false } };
  declare hub: Hub<CrewAct>;
  #offer: Offer | null = null;
  #listening: Listening | null = null;
  #heard: MediaStream | null = null;
  #found: readonly MediaDeviceInfo[] = [];
  #wants: Wants = "both";
  readonly #wakeLock = new WakeLock();

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (!isSecureContext || !navigator.mediaDevices) return;
    this.#offer = new Offer(this.hub);
    this.#wants = this.#offer.kept?.wants ?? "both";
    new Follow(this, this.hub, this.#offer);
    this.#offer.devices.watch(() => void this.#look());
    navigator.mediaDevices.addEventListener("devicechange", () => void this.#look());
  }

  override render(): TemplateResult {
    const offer = this.#offer;
    if (!offer) {
      return html`<main class="crew"><h1>Crew camera</h1>
        <p class="why">A camera needs an encrypted page (https), and this one is not. Open the crew's link that begins with https.</p></main>`;
    }
    const tally = offer.state ? (TALLY[offer.state] ?? "") : "";
    return html`
      <main class="crew" data-state=${offer.state ?? "off"}>
        <h1 class="unseen">Crew camera</h1>
        <div class="picture">
          <video autoplay playsinline .muted=${true} aria-label="What this camera shows"></video>
          <p class="tally" role="status">${offer.publisher?.line === "away" ? "NO LINE" : tally || "OFF"}</p>
          ${this.#listening ? html`<meter aria-label="Microphone level" min="0" max="1" .value=${this.#listening.level}></meter>` : nothing}
        </div>
        ${this.#trouble(offer)} ${offer.kept ? this.#running(offer) : this.#form(offer)}
      </main>
    `;
  }

  protected override updated(_changed: PropertyValues): void {
    const video = this.querySelector("video");
    const stream = this.#offer?.devices.stream ?? null;
    if (video && video.srcObject !== stream) video.srcObject = stream;
  }

  #form(offer: Offer): TemplateResult {
    return html`<form @submit=${(event: SubmitEvent) => this.#begin(event, offer)}>
      <label>Name of this camera <input name="label" required maxlength="80" autocomplete="off" placeholder="Balcony" /></label>
      <label>What to send
        <select name="wants" @change=${(event: Event) => this.#choose({ wants: (event.target as HTMLSelectElement).value as Wants })}>
          ${WANTS.map(([wants, label]) => html`<option value=${wants} ?selected=${wants === this.#wants}>${label}</option>`)}
        </select>
      </label>
      ${this.#wants === "microphone" ? nothing : this.#picker("Camera", "videoinput", (cameraId) => this.#choose({ cameraId }))}
      ${this.#wants === "camera" ? nothing : this.#picker("Microphone or desk", "audioinput", (microphoneId) => this.#choose({ microphoneId }))}
      <button class="go">Offer to the show</button>
    </form>`;
  }

  #picker(label: string, kind: MediaDeviceKind, chosen: (deviceId: string) => void): TemplateResult {
    const devices = this.#found.filter((one) => one.kind === kind);
    return html`<label>${label}
      <select @change=${(event: Event) => chosen((event.target as HTMLSelectElement).value)}>
        ${devices.map((one, number) => html`<option value=${one.deviceId}>${one.label || `${label} ${number + 1}`}</option>`)}
      </select>
    </label>`;
  }

  #running(offer: Offer): TemplateResult {
    const figures = offer.publisher?.figures;
    return html`<div class="running">
      <p><strong>${offer.kept?.label}</strong>
        <span>${figures ? `${figures.picturesPerS} pictures/s, ${figures.kbitsPerS} kbit/s` : "Connecting …"}</span></p>
      <button type="button" class="stop" @click=${() => void this.#end(offer)}>Take it off</button>
    </div>`;
  }

  #trouble(offer: Offer): TemplateResult | typeof nothing {
    const { devices, publisher } = offer;
    const words =
      offer.refusal || troubleInWords({ devices, publisher, listening: this.#listening, myAir: offer.guest });
    return words ? html`<p class="why" role="alert">${words}</p>` : nothing;
  }

  #begin(event: SubmitEvent, offer: Offer): void {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    void this.#wakeLock.hold("air");
    void offer.begin(String(said.get("label")).trim(), this.#wants);
  }

  async #end(offer: Offer): Promise<void> {
    this.#wakeLock.release("air");
    await offer.end();
  }

  #choose(wishes: { wants?: Wants; cameraId?: string; microphoneId?: string }): void {
    this.#wants = wishes.wants ?? this.#wants;
    void this.#offer?.choose(wishes);
    this.requestUpdate();
  }

  /** Names of devices are told only once one was allowed. */
  async #look(): Promise<void> {
    const stream = this.#offer?.devices.stream ?? null;
    if (stream !== this.#heard) {
      this.#heard = stream;
      this.#listening?.close();
      const [microphone] = stream?.getAudioTracks() ?? [];
      this.#listening = stream && microphone ? new Listening(stream, microphone) : null;
      this.#listening?.watch(() => this.requestUpdate());
    }
    this.#found = await navigator.mediaDevices.enumerateDevices();
    this.requestUpdate();
  }
}

customElements.define("crew-camera", Camera);
