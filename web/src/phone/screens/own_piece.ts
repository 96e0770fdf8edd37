// One of this phone's own pieces, afterwards: how it stands, what it may be used for (still theirs to change), take it back.
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Follow } from "../../shared/follow.ts";
import { timeOfDay } from "../../shared/time.ts";
import type { Consent, Id } from "../../wire.ts";
import { WORDS } from "../kinds.ts";
import type { Card } from "../standing.ts";
import { cardsOf } from "./cards.ts";
import { address } from "./shared_piece.ts";
import { Sheet } from "./sheet.ts";

class OwnPiece extends Sheet {
  static override properties: PropertyDeclarations = { id: { attribute: false } };
  declare id: Id;
  /** What was chosen here and the hub has not answered yet: a late word of it must not turn a switch back. */
  #chosen: Consent | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    const { hub, outbox } = this.services;
    new Follow(this, hub, hub.things, outbox);
  }

  protected heading(): string {
    const card = this.#card;
    return card ? `Your ${WORDS[card.kind].noun}` : "Your piece";
  }

  protected content(): TemplateResult {
    const card = this.#card;
    if (!card) return html`<p class="lead">It is gone from this phone.</p>`;
    return html`
      ${card.thumbnailKey ? html`<img class="shown" src=${address(card.thumbnailKey)} alt=${`Your ${WORDS[card.kind].noun}`} />` : nothing}
      ${card.text ? html`<blockquote class="words" dir="auto">${card.text}</blockquote>` : nothing}
      <p class="standing" data-tone=${card.tone} role="status"><strong>${card.status}</strong>${card.detail ? html`<span>${card.detail}</span>` : nothing}</p>
      ${this.#times()}
      ${card.canWithdraw ? html`<phone-consent .services=${this.services} .consent=${this.#chosen ?? card.consent} @consent=${this.#consented}></phone-consent>` : nothing}
      ${card.canWithdraw ? html`<button type="button" class="quiet" @click=${() => this.takeBack({ type: "withdraw", contributionId: this.id })}>Take it back for good</button>` : nothing}
      ${card.isKeptHere ? html`<button type="button" class="quiet" @click=${this.#discard}>Delete it from this phone</button>` : nothing}
    `;
  }

  get #card(): Card | undefined {
    return cardsOf(this.services).find((card) => card.id === this.id);
  }

  #times(): TemplateResult | typeof nothing {
    const { hub } = this.services;
    const times = hub.things.mine.get(this.id)?.stageTimes ?? [];
    if (times.length < 2) return nothing;
    const openedAtS = hub.welcome?.openedAtS ?? 0;
    return html`<p class="small">On stage at ${times.map(([from]) => timeOfDay(openedAtS, from)).join(", ")}.</p>`;
  }

  readonly #consented = async (event: CustomEvent<Consent>): Promise<void> => {
    const chosen = event.detail;
    this.#chosen = chosen;
    const ack = await this.services.hub.act({ type: "change_consent", contributionId: this.id, consent: chosen });
    if (!ack.ok && this.#chosen === chosen) this.#chosen = null;
    this.requestUpdate();
    this.say(ack.ok ? "Changed." : (ack.problem?.message ?? "That could not be changed."));
  };

  readonly #discard = async (): Promise<void> => {
    if (!confirm("Delete it? The show has not got it yet.")) return;
    await this.services.outbox.discard(this.id);
    this.finish();
  };
}

customElements.define("phone-own-piece", OwnPiece);
