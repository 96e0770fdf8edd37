// The whole page: the way in or the first screen, one sheet over it, and the line at the bottom that says what just happened.
import { html, nothing, type TemplateResult } from "lit";
import { Follow } from "../../shared/follow.ts";
import type { Status } from "../../wire.ts";
import type { Open } from "../services.ts";
import { PageElement } from "./element.ts";

const SAID_FOR_MS = 5_000;

class Phone extends PageElement {
  #open: Open = null;
  #said = "";
  #isOut = false;
  #hasJustJoined = false;
  #silence: ReturnType<typeof setTimeout> | undefined;
  readonly #known = new Map<string, Status>();

  override connectedCallback(): void {
    super.connectedCallback();
    const { boot, hub, outbox, person } = this.services;
    this.#isOut = !person.hasJoined && !boot.isBack;
    new Follow(this, hub, outbox);
    hub.watch(() => {
      if (hub.line === "refused") this.#isOut = true;
    });
    outbox.watch(() => {
      if (outbox.isUninvited) this.#isOut = true;
    });
    hub.things.watch(() => {
      this.#tellName();
      this.#tellNews();
    });
    this.addEventListener("open", (event) => this.#show((event as CustomEvent<Open>).detail));
    this.addEventListener("say", (event) => this.#say((event as CustomEvent<string>).detail));
    this.addEventListener("joined", () => this.#enter());
  }

  override render(): TemplateResult {
    return html`
      ${this.#isOut ? html`<phone-join .services=${this.services}></phone-join>` : html`<phone-home .services=${this.services}></phone-home>`}
      ${this.#isOut ? nothing : this.#sheet()}
      <p class="toast" role="status" aria-live="polite" data-on=${this.#said !== ""}>${this.#said}</p>
    `;
  }

  #sheet(): TemplateResult | typeof nothing {
    const { services } = this;
    const open = this.#open;
    switch (open?.what) {
      case "compose":
        return html`<phone-compose .services=${services} .kind=${open.kind} .parents=${open.parents} .draft=${open.draft ?? null}></phone-compose>`;
      case "piece":
        return html`<phone-own-piece .services=${services} .id=${open.id}></phone-own-piece>`;
      case "shared":
        return html`<phone-shared-piece .services=${services} .id=${open.id}></phone-shared-piece>`;
      case "person":
        return html`<phone-you .services=${services}></phone-you>`;
      default:
        return nothing;
    }
  }

  #enter(): void {
    this.#isOut = false;
    this.#hasJustJoined = true;
    this.services.hub.start();
    this.services.outbox.invited();
    this.requestUpdate();
  }

  /** A phone that was in this show before is still the same person, by the name it gave then: tell the new one. */
  #tellName(): void {
    const { hub, person } = this.services;
    const { me } = hub.things;
    if (!this.#hasJustJoined || !me) return;
    this.#hasJustJoined = false;
    const { name, credit } = person;
    if (me.name !== name || me.credit !== credit) void hub.act({ type: "set_name", name, credit });
  }

  #show(open: Open): void {
    this.#open = open;
    this.requestUpdate();
  }

  #say(sentence: string): void {
    this.#said = sentence;
    this.requestUpdate();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#say(""), SAID_FOR_MS);
  }

  /** Tell what the person would want to be nudged for: on stage, and a piece that came to nothing. */
  #tellNews(): void {
    for (const mine of this.services.hub.things.mine.values()) {
      const before = this.#known.get(mine.contributionId);
      this.#known.set(mine.contributionId, mine.status);
      if (before === undefined || before === mine.status) continue;
      if (mine.status === "on_stage") {
        this.#say("You are on stage now. Look up!");
        navigator.vibrate?.(200);
      }
      if (mine.status === "approved") this.#say("Approved. It can come on stage any time.");
      if (mine.status === "failed") this.#say(mine.reason);
    }
  }
}

customElements.define("houselights-phone", Phone);
