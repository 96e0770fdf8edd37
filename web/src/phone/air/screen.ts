// Everything a phone shows of being live: raising a hand, the invitation, getting ready, the countdown, ON AIR, and after. It
// lies over the whole page while live, and lets the page be used while somebody only waits.
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { minutesAndSeconds } from "../../shared/time.ts";
import type { Wants } from "../../wire.ts";
import { PageElement } from "../screens/element.ts";
import { icon } from "../screens/icons.ts";
import { seatForm } from "./seat.ts";
import { Session } from "./session.ts";
import { callInWords, endInWords, groupInWords, isLive, isSeatAsked, NO_SEAT, secondsUntil } from "./showing.ts";
import { troubleInWords } from "./troubles.ts";

const CHOICES: readonly { readonly wants: Wants; readonly label: string; readonly icon: "video" | "sound" | "live" }[] =
  [
    { wants: "both", label: "Camera and microphone", icon: "live" },
    { wants: "camera", label: "Camera", icon: "video" },
    { wants: "microphone", label: "Microphone", icon: "sound" },
  ];
const TICK_MS = 200;

class Air extends PageElement {
  #session: Session | null = null;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #isBusy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#session ??= this.#begin();
    // The countdown and the time on air go on without news.
    this.#ticking = setInterval(() => {
      if (this.#session?.shows === "called" || this.#session?.shows === "on_air") this.requestUpdate();
    }, TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
  }

  appear(): void {
    void this.updateComplete.then(() => {
      const dialog = this.querySelector("dialog");
      if (dialog && !dialog.open) dialog.showModal();
    });
  }

  join(): void {
    const session = this.#session;
    if (session) void this.#do(() => session.join());
  }

  override render(): TemplateResult {
    const session = this.#session;
    return html`<dialog class="air" data-shows=${session?.shows ?? "ask"} aria-labelledby="air-heading" @cancel=${this.#cancel}
      @close=${this.#closed}>${session ? this.#screen(session) : nothing}</dialog>`;
  }

  protected override updated(_changed: PropertyValues): void {
    const video = this.querySelector<HTMLVideoElement>("video.air-own");
    const stream = this.#session?.devices?.stream ?? null;
    if (video && video.srcObject !== stream) video.srcObject = stream;
  }

  #begin(): Session {
    const session = new Session(this.services);
    let before = session.shows;
    session.watch(() => {
      const isNews = session.shows !== before;
      before = session.shows;
      if (isNews && (session.shows === "invited" || isLive(session.myAir))) this.appear();
      this.requestUpdate();
    });
    if (session.shows === "invited" || isLive(session.myAir)) this.appear();
    return session;
  }

  #screen(session: Session): TemplateResult {
    switch (session.shows) {
      case "ask":
        return this.#ask(session);
      case "asking":
        return this.#waiting(session);
      case "invited":
        return this.#invited(session);
      case "over":
        return this.#over(session);
      default:
        return session.publisher?.line === "replaced" ? this.#replaced(session) : this.#live(session);
    }
  }

  #ask(session: Session): TemplateResult {
    const { call } = this.services.hub.things;
    return this.#sheet(
      "Go live",
      html`
        ${call?.isOpen ? this.#call(session) : nothing}
        <p class="lead">${call?.isOpen ? "Or raise your hand to be live by yourself." : "Raise your hand. The host calls you when it is your turn."}</p>
        <div class="air-choices">
          ${CHOICES.map(
            ({ wants, label, icon: picture }) =>
              html`<button type="button" class="tile" ?disabled=${this.#isBusy} @click=${() => this.#do(() => session.raise(wants))}>
                ${icon(picture)}<span>${label}</span>
              </button>`,
          )}
        </div>
        <p class="notice">Nothing is sent before you say yes to the invitation. You can leave at any time.</p>
      `,
    );
  }

  #call(session: Session): TemplateResult | typeof nothing {
    const { call, myAir } = this.services.hub.things;
    if (!call) return nothing;
    const seat = myAir?.seat ?? NO_SEAT;
    if (isSeatAsked(call.group, seat)) {
      return html`<section class="air-call">
        <h3>${callInWords(call)}</h3>
        <p>${groupInWords(call.group)}. Where do you sit?</p>
        ${seatForm(call.group, seat, (told) => void this.#do(async () => (await session.tellSeat(told)) && session.join()))}
      </section>`;
    }
    return html`<section class="air-call">
      <p>${groupInWords(call.group)}</p>
      <button type="button" class="primary" data-focus ?disabled=${this.#isBusy} @click=${() => this.#do(() => session.join())}>
        ${icon("live")}${callInWords(call)}
      </button>
    </section>`;
  }

  #waiting(session: Session): TemplateResult {
    const { call } = this.services.hub.things;
    const byHost = session.myAir?.byHost;
    return this.#sheet(
      byHost ? "You are in line" : "Your hand is up",
      html`
        ${call?.isOpen ? this.#call(session) : nothing}
        <div class="air-number" role="status">
          <span>You are number</span>
          <strong>${session.myAir?.number}</strong>
        </div>
        <p class="lead">${byHost ? "The host would like your group live, and every place is taken just now. " : ""}Keep this page open. Your phone tells you when it is your turn, and you can go on sending things.</p>
        <button type="button" class="secondary" @click=${() => this.#do(() => session.lower(), true)}>${byHost ? "Not me, thank you" : "Take my hand down"}</button>
      `,
    );
  }

  #invited(session: Session): TemplateResult {
    const wants = session.myAir?.wants ?? "both";
    const what = { camera: "sees your camera", microphone: "hears you", both: "sees and hears you" }[wants];
    return html`
      <div class="air-page">
        <span class="air-beacon">${icon("live")}</span>
        <h2 id="air-heading">The host would like you live. Join?</h2>
        <p class="lead">The hall ${what} only after a countdown.</p>
        ${this.#refusal(session)}
        <div class="air-answers">
          <button type="button" class="primary" data-focus ?disabled=${this.#isBusy} @click=${() => this.#do(() => session.answer(true))}>Join</button>
          <button type="button" class="secondary" ?disabled=${this.#isBusy} @click=${() => this.#do(() => session.answer(false))}>Not now</button>
        </div>
      </div>
    `;
  }

  #live(session: Session): TemplateResult {
    const { devices, listening } = session;
    const hasCamera = Boolean(devices?.stream?.getVideoTracks().length);
    return html`
      <div class="air-stage">
        ${
          hasCamera
            ? html`<video class="air-own" autoplay playsinline .muted=${true} data-facing=${devices?.facing ?? "user"} aria-label="What your camera shows"></video>`
            : html`<span class="air-ear" data-muted=${devices?.isMuted ?? false}>${icon("sound")}</span>`
        }
        <div class="air-top">${this.#sign(session)}${this.#trouble(session)}</div>
        ${session.shows === "called" ? this.#countdown(session) : nothing}
        <div class="air-foot">
          ${session.shows === "on_air" && session.notice ? html`<p class="air-notice" role="status">${session.notice}</p>` : nothing}
          ${session.shows === "getting_ready" ? hints(session.myAir?.wants ?? "both") : nothing}
          ${listening ? html`<meter class="air-level" aria-label="Microphone level" min="0" max="1" .value=${devices?.isMuted ? 0 : listening.level}></meter>` : nothing}
          ${this.#controls(session, hasCamera)}
        </div>
      </div>
    `;
  }

  /** How it stands, unmistakably: words, colour and frame say the same. */
  #sign(session: Session): TemplateResult {
    const { onAirUs } = session.myAir ?? {};
    const away = session.publisher && session.publisher.line !== "live" && session.publisher.line !== "connecting";
    switch (session.shows) {
      case "on_air": {
        const sinceUs = Math.max(0, session.nowUs() - (onAirUs ?? session.nowUs()));
        return html`<div role="status"><h2 id="air-heading" class="air-sign">ON AIR</h2></div>
          <p class="air-time">${away ? "Finding the show again …" : minutesAndSeconds(sinceUs)}</p>`;
      }
      case "called":
        return html`<div role="status"><h2 id="air-heading" class="air-sign">You are next</h2></div>`;
      default:
        return html`<h2 id="air-heading" class="air-sign">Get ready</h2>
          <p class="air-time">${session.publisher?.line === "live" ? `Only the crew ${session.myAir?.wants === "microphone" ? "hears" : "sees"} you.` : "Connecting …"}</p>`;
    }
  }

  #countdown(session: Session): TemplateResult {
    const seconds = secondsUntil(session.myAir?.onAirUs ?? null, session.nowUs());
    return html`<p class="air-countdown" role="timer" aria-label="Live in">${seconds || "Now"}</p>`;
  }

  #trouble(session: Session): TemplateResult | typeof nothing {
    const words = troubleInWords(session);
    if (!words && !session.refusal) return nothing;
    const again = session.devices?.trouble && session.devices.trouble !== "interrupted";
    return html`<div class="air-trouble" role="alert">
      <p>${words || session.refusal}</p>
      ${again ? html`<button type="button" class="secondary" @click=${() => void session.devices?.open()}>Try again</button>` : nothing}
    </div>`;
  }

  #controls(session: Session, hasCamera: boolean): TemplateResult {
    const { devices } = session;
    const hasMicrophone = Boolean(devices?.stream?.getAudioTracks().length);
    const isMuted = devices?.isMuted ?? false;
    return html`<div class="air-controls">
      ${
        hasMicrophone
          ? html`<button type="button" class="round" aria-pressed=${isMuted} aria-label="Mute my microphone" @click=${() => devices?.setMuted(!isMuted)}>
              ${icon(isMuted ? "muted" : "microphone")}
            </button>`
          : html`<span></span>`
      }
      <button type="button" class="air-leave" data-focus @click=${() => void session.leave()}>Leave</button>
      ${
        hasCamera
          ? html`<button type="button" class="round" aria-label="Switch the camera" @click=${() => void devices?.flip()}>${icon("flip")}</button>`
          : html`<span></span>`
      }
    </div>`;
  }

  #replaced(session: Session): TemplateResult {
    return html`<div class="air-page">
      <h2 id="air-heading">You are live somewhere else</h2>
      <p class="lead">Another page or phone of yours took over, so this one stopped.</p>
      <div class="air-answers">
        <button type="button" class="primary" @click=${() => session.takeBack()}>Go on here</button>
        <button type="button" class="secondary" @click=${() => void session.leave()}>Leave</button>
      </div>
    </div>`;
  }

  #over(session: Session): TemplateResult {
    const { heading, detail } = endInWords(session.myAir?.ended ?? null, this.services.outbox.isPaused);
    return html`<div class="air-page">
      <span class="air-thanks">${icon("check")}</span>
      <div role="status"><h2 id="air-heading">${heading}</h2></div>
      <p class="lead">${detail}</p>
      <div class="air-answers">
        <button type="button" class="primary" data-focus @click=${() => this.#close()}>Done</button>
      </div>
    </div>`;
  }

  #sheet(heading: string, content: TemplateResult): TemplateResult {
    return html`
      <header class="sheet-head">
        <h2 id="air-heading">${heading}</h2>
        <button type="button" class="round" aria-label="Close" @click=${() => this.#close()}>${icon("close")}</button>
      </header>
      <div class="sheet-body">${this.#session ? this.#refusal(this.#session) : nothing}${content}</div>
    `;
  }

  #refusal(session: Session): TemplateResult | typeof nothing {
    return session.refusal ? html`<p class="refusal" role="alert">${session.refusal}</p>` : nothing;
  }

  /** One thing at a time: a second tap waits for the answer to the first. */
  async #do(what: () => Promise<boolean>, thenClose = false): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.requestUpdate();
    const isDone = await what();
    this.#isBusy = false;
    if (isDone && thenClose) {
      this.#session?.forget();
      this.#close();
    }
    this.requestUpdate();
  }

  #close(): void {
    this.querySelector("dialog")?.close();
  }

  /** Escape and the back gesture do not take somebody off the air, nor hide that they are on it. */
  get #mustShow(): boolean {
    return isLive(this.#session?.myAir ?? null) || this.#session?.shows === "invited";
  }

  readonly #closed = (): void => {
    if (this.#session?.shows === "over") this.#session.forget();
    if (this.#mustShow) this.appear();
  };

  readonly #cancel = (event: Event): void => {
    // Browsers hold a page to this once; a second Escape closes all the same, and it is opened again.
    if (this.#mustShow) event.preventDefault();
  };
}

function hints(wants: Wants): TemplateResult {
  return html`<ul class="air-hints">
    ${wants === "camera" ? nothing : html`<li>Say something: the bar moves.</li><li>Headphones, or your phone's sound off.</li>`}
    <li>Keep this page in front, and the phone unlocked.</li>
  </ul>`;
}

customElements.define("phone-air", Air);
