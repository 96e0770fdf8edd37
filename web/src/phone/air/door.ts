// The way to being live on the first screen: a card that says how one stands. It opens what `loading.ts` loads, and loads it
// by itself when the hub says that this person has a hand up, is invited or on air (a reload in the middle of it, too).
import { html, type TemplateResult } from "lit";
import { askedInAddress } from "../../live/asked.ts";
import { abilities, chooseTier } from "../../live/ladder.ts";
import { Follow } from "../../shared/follow.ts";
import { PageElement } from "../screens/element.ts";
import { icon } from "../screens/icons.ts";
import { loadAir } from "./loading.ts";
import { callInWords, groupInWords, isSeatAsked, NO_SEAT } from "./showing.ts";

/** Cameras and microphones are given to encrypted pages only, and the browser must be able to send what they give. */
const canBeLive = (): boolean => chooseTier(askedInAddress().tier, abilities()) !== "e";

class AirDoor extends PageElement {
  #isLoading = false;

  override connectedCallback(): void {
    super.connectedCallback();
    const { hub } = this.services;
    new Follow(this, hub, hub.things);
    hub.things.watch(() => {
      const state = hub.things.myAir?.state;
      if (state && canBeLive()) void this.#load();
    });
  }

  override render(): TemplateResult {
    const { myAir, call } = this.services.hub.things;
    if (!canBeLive()) return this.#whyNot();
    if (call?.isOpen && !myAir?.streamId) {
      // One tap, where nothing has to be asked first.
      const isEasy = !isSeatAsked(call.group, myAir?.seat ?? NO_SEAT);
      return this.#card("call", callInWords(call), groupInWords(call.group), isEasy);
    }
    switch (myAir?.state ?? null) {
      case null:
        return this.#card("calm", "Go live", "Raise your hand for camera or microphone");
      case "asking":
        return this.#card(
          "busy",
          `You are number ${myAir?.number}`,
          myAir?.byHost ? "The host would like your group live. We call you." : "Your hand is up. We call you.",
        );
      case "invited":
        return this.#card("call", "The host would like you live", "Tap to answer");
      case "on_air":
        return this.#card("live", "You are ON AIR", "");
      default:
        return this.#card("call", "Get ready", "You are about to be live");
    }
  }

  #card(tone: string, title: string, detail: string, joins = false): TemplateResult {
    return html`<section class="air-door">
      <button type="button" class="card" data-tone=${tone} @click=${() => void this.#appear(joins)}>
        <span class="thumb">${icon("live")}</span>
        <span class="card-words"><span class="status">${title}</span><span class="detail">${detail}</span></span>
      </button>
    </section>`;
  }

  #whyNot(): TemplateResult {
    if (!isSecureContext && this.services.boot.secureUrl) {
      // Not straight to https: a phone that did not install the certificate would meet its browser's warning there.
      return html`<p class="notice">
        Going live needs an encrypted page (https). <a href="/trust">How to get there</a>. Everything else works here.
      </p>`;
    }
    return html`<p class="notice">
      ${
        isSecureContext
          ? "This browser gives pages no camera or microphone, so going live is not possible here. Photos, sounds and videos are."
          : "Going live needs an encrypted page (https), and this one is not: ask the crew for the other address. Everything else works."
      }
    </p>`;
  }

  async #appear(joins: boolean): Promise<void> {
    const element = await this.#load();
    element?.appear();
    if (joins) element?.join();
  }

  async #load() {
    if (this.#isLoading) return null;
    this.#isLoading = true;
    try {
      return await loadAir(this.services);
    } catch {
      this.say("Going live could not be loaded. Are you still in the hall's Wi-Fi?");
      return null;
    } finally {
      this.#isLoading = false;
    }
  }
}

customElements.define("phone-air-door", AirDoor);
