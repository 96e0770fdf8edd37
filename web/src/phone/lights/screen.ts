// The light show on this phone: the whole screen in a colour or a word, the lamp, the sounds; always with a way to stop it. It
// leaves alone who is live or making a piece (a dialog is open), and does nothing where its owner said no.
import { html, LitElement, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { PhoneCue } from "../../wire.ts";
import type { Services } from "../services.ts";
import { fit } from "./fitting.ts";
import { Lamp } from "./lamp.ts";
import { Show } from "./show.ts";
import { Sounds } from "./sounds.ts";
import { wantsLessMotion, wish } from "./wish.ts";

/** How long before its cue the lamp's camera is opened; `#goOn` looks every two seconds. */
const LAMP_AHEAD_US = 4_000_000;
/** Light counts as shown from here on: below, the page stays what it was. */
const VISIBLE = 4;

class Lights extends LitElement {
  static override properties: PropertyDeclarations = { services: { attribute: false } };
  declare services: Services;
  readonly #show = new Show();
  readonly #sounds = new Sounds();
  readonly #lamp = new Lamp();
  #isRunning = false;
  #isLit = false;
  #asks = false;
  /** The word on the screen and the screen it was fitted to. */
  #fits = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { hub } = this.services;
    hub.on("phones", (cue) => this.#take(cue));
    let welcome = hub.welcome;
    const greet = () => {
      for (const cue of welcome?.phones ?? []) this.#take(cue);
    };
    greet();
    hub.watch(() => {
      if (hub.welcome === welcome) return;
      welcome = hub.welcome;
      greet();
    });
    this.addEventListener("click", (event) => event.stopPropagation());
    // The recorder asks for the camera while its sheet is being made, before that is open: let go as it is asked for.
    const letGo = () => this.#lamp.letGo();
    document.addEventListener("open", letGo, { capture: true });
    const ifBusy = () => this.#isBusy() && letGo();
    new MutationObserver(ifBusy).observe(document.body, { subtree: true, attributeFilter: ["open"] });
    // No picture is drawn in the background, so nobody would see the cue's end there.
    document.addEventListener("visibilitychange", () => document.hidden && letGo());
  }

  override render(): TemplateResult {
    return html`
      <div class="lights" role="region" aria-label="The light show" ?hidden=${!this.#isLit}>
        <p class="lights-word" dir="auto" aria-live="off"></p>
        <div class="lights-controls">
          <button type="button" class="lights-stop" @click=${this.#stop}>Stop</button>
          <button type="button" class="lights-never" @click=${this.#never}>No more lights on this phone</button>
        </div>
      </div>
      ${this.#asks && !this.#isLit ? this.#card() : nothing}
    `;
  }

  /** Once in a show: sound and lamp are only given to a page whose owner tapped it. */
  #card(): TemplateResult {
    return html`<aside class="lights-card" aria-label="The light show">
      <p><strong>Join the light show</strong> Your phone lights up and sounds with the others.</p>
      <div>
        <button type="button" class="primary" @click=${this.#join}>Join</button>
        <button type="button" class="quiet" @click=${this.#never}>No thanks</button>
      </div>
    </aside>`;
  }

  #take(cue: PhoneCue): void {
    if (!this.#show.take(cue) || wish.joins === false) return;
    // Until it is answered: Off ends what runs, and where lights were once, more may follow. Off alone asks nobody.
    if (cue.what.type !== "off") this.#asks = !this.#sounds.isAwake;
    this.requestUpdate();
    this.#goOn();
  }

  /** Wait for the next cue, then draw every picture until all is over. */
  #goOn(): void {
    clearTimeout(this.#timer);
    const nowUs = this.services.hub.clock.nowUs();
    this.#readyLamp(nowUs);
    if (this.#isRunning || this.#show.isIdle) return;
    const nextUs = this.#show.nextUs(nowUs);
    const waitMs = nextUs === null ? 0 : Math.max(0, (nextUs - nowUs) / 1000 - 250);
    // Clocks are corrected meanwhile: look again at least every two seconds.
    this.#timer = setTimeout(() => (waitMs > 2000 ? this.#goOn() : this.#begin()), Math.min(waitMs, 2000));
  }

  #begin(): void {
    this.#isRunning = true;
    void this.services.wakeLock.hold("lights");
    requestAnimationFrame(this.#draw);
  }

  readonly #draw = (): void => {
    const { clock } = this.services.hub;
    const nowUs = clock.nowUs();
    const moment = this.#show.at(nowUs);
    if (this.#isBusy()) this.#sounds.stop();
    if (moment.sound) this.#sound(moment.sound, nowUs);
    this.#readyLamp(nowUs);
    this.#lamp.set(moment.lamp);
    this.#paint(moment.color, moment.word);
    if (!moment.isOver) requestAnimationFrame(this.#draw);
    else this.#end();
  };

  /** Its camera is open for a torch cue only, from shortly before it to its end. */
  #readyLamp(nowUs: number): void {
    const may = !this.#isBusy() && !document.hidden && !wantsLessMotion() && wish.joins !== false;
    if (may && this.#show.needsLamp(nowUs, LAMP_AHEAD_US)) this.#lamp.ready();
    else this.#lamp.letGo();
  }

  #paint(color: readonly [number, number, number], word: string): void {
    const isLit = this.#mayLight() && (Math.max(...color) > VISIBLE || word !== "");
    if (isLit !== this.#isLit) {
      this.#isLit = isLit;
      this.requestUpdate();
      this.#dataAt(isLit);
    }
    const screen = this.querySelector<HTMLElement>(".lights");
    const says = this.querySelector<HTMLElement>(".lights-word");
    if (!screen || !says) return;
    const rgb = `rgb(${color.map(Math.round).join(" ")})`;
    // Words are light on dark, everything else is light all over.
    screen.style.backgroundColor = word ? "rgb(0 0 0)" : rgb;
    says.style.color = rgb;
    const fits = `${word} ${innerWidth} ${innerHeight}`;
    if (this.#fits === fits) return;
    this.#fits = fits;
    says.textContent = word;
    fit(says);
  }

  /** When the light was first and last seen, in show time: what tests and a curious host look at. */
  #dataAt(isLit: boolean): void {
    const at = String(this.services.hub.clock.nowUs());
    this.setAttribute(isLit ? "data-lit-us" : "data-dark-us", at);
  }

  #sound(cue: PhoneCue, nowUs: number): void {
    if (cue.what.type === "off") this.#sounds.stop();
    if (cue.what.type !== "phone_sound" || wish.joins === false || this.#isBusy()) return;
    const lastsS = (cue.what.durationMs ?? 6000) / 1000;
    this.#sounds.play(cue.what.tone, cue.place ?? 0.5, (cue.atUs - nowUs) / 1e6, lastsS);
  }

  #mayLight(): boolean {
    return wish.allowsLight && !this.#isBusy();
  }

  /** Live, called or making a piece: a sound would be in their own microphone. What was silenced does not begin again. */
  #isBusy(): boolean {
    return document.querySelector("dialog[open]") !== null;
  }

  #end(): void {
    this.#isRunning = false;
    this.services.wakeLock.release("lights");
    this.#goOn();
  }

  readonly #join = async (): Promise<void> => {
    wish.keep(true);
    this.#asks = false;
    this.requestUpdate();
    await this.#sounds.wake();
    await this.#lamp.ask();
    this.#goOn();
  };

  readonly #stop = (): void => {
    this.#show.stop();
    this.#sounds.stop();
    this.#lamp.letGo();
  };

  readonly #never = (): void => {
    wish.keep(false);
    this.#asks = false;
    this.#stop();
    this.#lamp.forget();
    this.requestUpdate();
  };
}

customElements.define("phone-lights", Lights);
