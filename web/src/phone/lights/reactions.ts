// The bar of reactions: a hand, a heart, applause, tapping along, a lighter held up. Said to the hub at once and forgotten; the
// hall's answer is on the big screen.
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { Follow } from "../../shared/follow.ts";
import type { ReactionKind } from "../../wire.ts";
import { PageElement } from "../screens/element.ts";
import { wish } from "./wish.ts";

const KINDS: readonly { readonly kind: ReactionKind; readonly label: string; readonly picture: SVGTemplateResult }[] = [
  {
    kind: "hand",
    label: "Wave",
    picture: svg`<path d="M8 12V6a1.5 1.5 0 0 1 3 0v5-7a1.5 1.5 0 0 1 3 0v7-5a1.5 1.5 0 0 1 3 0v8a6 6 0 0 1-11 3.500L4 14a1.5 1.5 0 0 1 2.5-1.500z" />`,
  },
  {
    kind: "heart",
    label: "Heart",
    picture: svg`<path d="M12 20s-8-4.8-8-10.500A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.500C20 15.2 12 20 12 20z" />`,
  },
  {
    kind: "clap",
    label: "Applause",
    picture: svg`<path d="m7 13 5-5m-3 8 6-6m-4 8 6-6M6 16a5 5 0 0 0 9 3l4-4M8 4v2M12 3v2M16 4l-1 2" />`,
  },
  {
    kind: "tap",
    label: "Tap along",
    picture: svg`<path d="M9 18V6l10-2v12" /><circle cx="6.5" cy="18" r="2.5" /><circle cx="16.5" cy="16" r="2.5" />`,
  },
  {
    kind: "lighter",
    label: "Lighter",
    picture: svg`<path d="M12 3c3 3 3 5 0 8-3-3-3-5 0-8zM8 13h8v8H8z" />`,
  },
];
const HELD_AGAIN_MS = 2000;

class Reactions extends PageElement {
  #holds = false;
  #holding: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    new Follow(this, wish);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#holding);
  }

  override render(): TemplateResult {
    return html`<div class="reactions" role="group" aria-label="React">
      ${KINDS.map(({ kind, label, picture }) => {
        const pressed = kind === "lighter" ? (this.#holds ? "true" : "false") : undefined;
        return html`<button type="button" data-kind=${kind} aria-label=${label} aria-pressed=${pressed ?? "false"}
          @pointerdown=${(event: PointerEvent) => this.#press(kind, event)} @click=${(event: MouseEvent) => this.#clicked(kind, event)}>
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${picture}</svg></button>`;
      })}
    </div>
    ${wish.joins === false ? html`<button type="button" class="quiet" @click=${() => wish.keep(true)}>The light show is off on this phone: turn on</button>` : nothing}`;
  }

  /** As the finger comes down: a tap along is worth its moment. */
  #press(kind: ReactionKind, event: PointerEvent): void {
    if (event.isPrimary && event.button === 0) this.#react(kind, event.currentTarget as HTMLElement);
  }

  /** From a keyboard or a screen reader there is no finger. */
  #clicked(kind: ReactionKind, event: MouseEvent): void {
    if (event.detail === 0) this.#react(kind, event.currentTarget as HTMLElement);
  }

  #react(kind: ReactionKind, button: HTMLElement): void {
    if (kind === "lighter") {
      this.#hold(!this.#holds);
      return;
    }
    this.#say(kind);
    button.toggleAttribute("data-hit", true);
    setTimeout(() => button.removeAttribute("data-hit"), 140);
  }

  #hold(holds: boolean): void {
    this.#holds = holds;
    clearInterval(this.#holding);
    if (holds) {
      this.#say("lighter");
      this.#holding = setInterval(() => this.#say("lighter"), HELD_AGAIN_MS);
    }
    this.requestUpdate();
  }

  #say(kind: ReactionKind): void {
    const { hub } = this.services;
    hub.react({ kind, atUs: hub.clock.isSynchronised ? hub.clock.nowUs() : 0 });
  }
}

customElements.define("phone-reactions", Reactions);
