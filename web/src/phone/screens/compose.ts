// Making one piece: write, record or pick it, look at it, choose what it may be used for, send. What is written survives a
// closed sheet and a killed tab, a take a killed tab; what is sent belongs to the outbox.
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { newId } from "../../shared/ids.ts";
import type { Consent, Id, Kind, Trim } from "../../wire.ts";
import { countGraphemes, MAX_GRAPHEMES } from "../graphemes.ts";
import { WORDS } from "../kinds.ts";
import type { Take } from "../outbox/draft.ts";
import type { Piece } from "../outbox/piece.ts";
import { ShelfFull } from "../outbox/shelf.ts";
import { consentInWords } from "./consent.ts";
import { icon } from "./icons.ts";
import { Sheet } from "./sheet.ts";

const DRAFT = "houselights.draft";

class Compose extends Sheet {
  static override properties: PropertyDeclarations = {
    kind: { attribute: false },
    parents: { attribute: false },
    draft: { attribute: false },
  };
  declare kind: Kind;
  declare parents: readonly Id[];
  /** Which earlier take to go on with, if any. */
  declare draft: Id | null;

  #text = localStorage.getItem(DRAFT) ?? "";
  #take: Take | null = null;
  #trim: Trim | null = null;
  #consent: Consent | null = null;
  #problem = "";
  #isSending = false;
  #isTakingUp = false;
  /** Of the piece as it is now: sent again after a failure it is the same piece, changed it is another. */
  #id = newId();

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.draft) void this.#takeUp(this.draft);
  }

  protected heading(): string {
    if (this.parents.length) return "Your answer";
    return this.kind === "text" ? "Write something" : WORDS[this.kind].label;
  }

  protected content(): TemplateResult {
    const prompt = this.services.hub.things.prompt?.text;
    return html`
      ${this.#asked(prompt)}
      ${this.kind === "text" ? this.#writing() : this.#take ? this.#reviewing(this.#take) : this.#isTakingUp ? nothing : this.#capturing()}
    `;
  }

  protected override mayClose(): boolean {
    const mayBeLost =
      this.#take !== null || this.querySelector<HTMLElement & { isRecording: boolean }>("phone-capture")?.isRecording;
    const mayGo = !mayBeLost || confirm(`Leave without sending your ${WORDS[this.kind].noun}?`);
    if (mayGo && this.#take) void this.services.drafts.discard(this.#id);
    return mayGo;
  }

  async #takeUp(draft: Id): Promise<void> {
    this.#isTakingUp = true;
    this.#take = await this.services.drafts.takeUp(draft);
    this.#isTakingUp = false;
    this.#id = draft;
    this.requestUpdate();
    if (this.#take) return;
    this.say("It is gone from this phone.");
    this.finish();
  }

  #asked(prompt: string | undefined): TemplateResult | typeof nothing {
    const [parent] = this.parents;
    const shared = parent ? this.services.hub.things.shared.get(parent) : undefined;
    if (parent) {
      return html`<p class="asked">${icon("remix")}<span>Answering ${shared?.name ? `${shared.name}’s` : "a"} ${shared ? WORDS[shared.kind].noun : "piece"}</span></p>`;
    }
    return prompt ? html`<p class="asked">${prompt}</p>` : nothing;
  }

  #writing(): TemplateResult {
    const count = countGraphemes(this.#text.trim());
    const left = MAX_GRAPHEMES - count;
    return html`
      <div class="writing">
        <label class="unseen" for="words">Your text</label>
        <textarea id="words" data-focus rows="5" dir="auto" enterkeyhint="enter" placeholder="A tiny story…" aria-describedby="counter"
          .value=${this.#text} @input=${this.#typed} aria-invalid=${left < 0}></textarea>
        <p id="counter" class="counter" data-over=${left < 0} aria-live=${left < 20 ? "polite" : "off"}>
          ${left < 0 ? html`${-left} too many. A tiny story has at most ${MAX_GRAPHEMES} characters.` : html`${left}<span class="unseen"> characters left</span>`}
        </p>
      </div>
      ${this.#sending(count > 0 && left >= 0)}
    `;
  }

  #capturing(): TemplateResult {
    return html`
      <phone-capture .services=${this.services} .kind=${this.kind} .parents=${this.parents} @took=${this.#took}></phone-capture>
      <p class="notice">16 and over. No ${this.kind === "sound" ? "voices" : "faces"} of people who have not said yes.</p>
    `;
  }

  #reviewing(take: Take): TemplateResult {
    return html`
      <phone-review .services=${this.services} .take=${take} @trim=${this.#trimmed}></phone-review>
      ${this.#sending(
        take.bytes.size > 0,
        html`
        <button type="button" class="secondary" @click=${this.#again}>${icon("again")}<span>Again</span></button>
      `,
      )}
    `;
  }

  #sending(canSend: boolean, beside: TemplateResult | typeof nothing = nothing): TemplateResult {
    const consent = this.#consent ?? this.services.person.consent;
    return html`
      <details class="uses">
        <summary>${consentInWords(consent)}</summary>
        <phone-consent .services=${this.services} .consent=${consent} @consent=${this.#consented}></phone-consent>
      </details>
      ${this.#problem ? html`<p class="refusal" role="alert">${icon("alert")}<span>${this.#problem}</span></p>` : nothing}
      <div class="send-row" data-kind=${this.kind}>
        ${beside}
        <button type="button" class="primary" ?disabled=${!canSend || this.#isSending} @click=${this.#send}>${icon("send")}<span>Send</span></button>
      </div>
    `;
  }

  readonly #typed = (event: Event): void => {
    this.#text = (event.target as HTMLTextAreaElement).value;
    this.#id = newId();
    localStorage.setItem(DRAFT, this.#text);
    this.requestUpdate();
  };

  readonly #took = async (event: CustomEvent<Take>): Promise<void> => {
    const take = event.detail;
    this.#take = take;
    this.#id = take.draftId ?? newId();
    this.#trim = null;
    this.#problem = take.bytes.size ? "" : "This file is empty: there is nothing in it to send.";
    if (take.bytes.size) void this.services.drafts.keep(this.#id, this.parents, take);
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>(".send-row .primary")?.focus();
  };

  readonly #trimmed = (event: CustomEvent<Trim | null>): void => {
    this.#trim = event.detail;
  };

  readonly #again = (): void => {
    void this.services.drafts.discard(this.#id);
    this.#take = null;
    this.#problem = "";
    this.requestUpdate();
  };

  readonly #consented = (event: CustomEvent<Consent>): void => {
    this.#consent = event.detail;
    // The next piece begins with what was chosen last.
    this.services.person.remember({ consent: event.detail });
    this.requestUpdate();
  };

  readonly #send = async (): Promise<void> => {
    this.#isSending = true;
    this.#problem = "";
    this.requestUpdate();
    try {
      const { drafts, outbox } = this.services;
      if (this.#take) await drafts.settled;
      await outbox.add(this.#piece(), this.#take?.bytes ?? null);
      drafts.sent(this.#id);
      if (this.kind === "text") localStorage.removeItem(DRAFT);
      this.#take = null;
      const { noun } = WORDS[this.kind];
      const isOnItsWay = this.services.hub.line === "connected" && !outbox.isPaused;
      this.say(isOnItsWay ? `Your ${noun} is on its way.` : `Your ${noun} is safe on this phone.`);
      this.finish();
    } catch (error) {
      if (!(error instanceof ShelfFull)) throw error;
      this.#problem =
        "This phone has no room to keep it safe until it is sent. Delete something, or leave private browsing, and send again.";
    } finally {
      this.#isSending = false;
      this.requestUpdate();
    }
  };

  #piece(): Piece {
    const { boot, hub, person } = this.services;
    return {
      contributionId: this.#id,
      showId: hub.welcome?.showId ?? boot.showId,
      kind: this.kind,
      text: this.kind === "text" ? this.#text.trim() : "",
      consent: this.#consent ?? person.consent,
      promptId: hub.things.prompt?.promptId ?? null,
      parents: this.parents,
      trim: this.#trim,
      mediaType: this.#take?.mediaType ?? "",
      fileName: this.#take?.fileName ?? "",
      sizeBytes: this.#take?.bytes.size ?? 0,
      madeAtMs: Date.now(),
      uploadUrl: null,
      refusal: null,
    };
  }
}

customElements.define("phone-compose", Compose);
