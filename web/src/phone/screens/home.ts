// The first screen: what the host asks for, four ways to answer, one's own pieces, and pieces to remix.
import { html, nothing, type TemplateResult } from "lit";
import { Follow } from "../../shared/follow.ts";
import type { Id, SharedView } from "../../wire.ts";
import { KINDS, WORDS } from "../kinds.ts";
import { cardsOf, cardView, streamView } from "./cards.ts";
import { PageElement } from "./element.ts";
import { icon } from "./icons.ts";
import { titleOf } from "./shared_piece.ts";

class Home extends PageElement {
  override connectedCallback(): void {
    super.connectedCallback();
    const { hub, outbox, drafts } = this.services;
    new Follow(this, hub, hub.things, outbox, drafts);
  }

  override render(): TemplateResult {
    const { hub, boot } = this.services;
    return html`
      <header class="top">
        <span class="brand">${icon("bulb")}<span>${hub.welcome?.title || boot.title}</span></span>
        <button type="button" class="round" aria-label="You and your name" @click=${() => this.open({ what: "person" })}>${icon("person")}</button>
      </header>
      <main class="home">
        ${this.#banner()} ${this.#prompt()} ${this.#tiles()}
        <phone-reactions .services=${this.services}></phone-reactions>
        <phone-air-door .services=${this.services}></phone-air-door>
        ${this.#own()} ${this.#shared()}
      </main>
    `;
  }

  #banner(): TemplateResult {
    const isAway = this.services.hub.line === "away";
    return html`<p class="banner" role="status" ?hidden=${!isAway}>
      ${isAway ? "The show is out of reach. Go on: everything is kept here and goes by itself." : nothing}
    </p>`;
  }

  #prompt(): TemplateResult {
    const { prompt } = this.services.hub.things;
    return html`<section class="prompt" aria-live="polite">
      <h1 dir="auto">${prompt?.text || "Send us something."}</h1>
    </section>`;
  }

  #tiles(): TemplateResult {
    const wanted = this.services.hub.things.prompt?.kinds ?? KINDS;
    const kinds = KINDS.filter((kind) => wanted.includes(kind));
    return html`<nav class="tiles" aria-label="Answer with" data-count=${kinds.length} data-small=${cardsOf(this.services).length > 0}>
      ${kinds.map(
        (
          kind,
        ) => html`<button type="button" class="tile" data-kind=${kind} @click=${() => this.open({ what: "compose", kind, parents: [] })}>
          ${icon(kind)}<span>${WORDS[kind].label}</span>
        </button>`,
      )}
    </nav>`;
  }

  #own(): TemplateResult | typeof nothing {
    const { hub } = this.services;
    const cards = cardsOf(this.services);
    const streams = hub.things.myAir?.streams ?? [];
    if (!cards.length && !streams.length) return nothing;
    return html`<section aria-labelledby="own">
      <h2 id="own">Yours</h2>
      <ul class="cards">
        ${cards.map((card) => cardView(card, () => this.#openOwn(card.id)))}
        ${streams.map((one) => streamView(one, hub.welcome?.openedAtS ?? 0, () => this.takeBack({ type: "withdraw_stream", streamId: one.streamId })))}
      </ul>
    </section>`;
  }

  /** A draft is gone on with, everything else looked at. */
  #openOwn(id: Id): void {
    const draft = this.services.drafts.get(id);
    if (draft) this.open({ what: "compose", kind: draft.kind, parents: draft.parents, draft: id });
    else this.open({ what: "piece", id });
  }

  #shared(): TemplateResult | typeof nothing {
    const shared = [...this.services.hub.things.shared.values()].reverse();
    if (!shared.length) return nothing;
    return html`<section aria-labelledby="shared">
      <h2 id="shared">Remix these</h2>
      <ul class="shelf">${shared.map((piece) => html`<li>${this.#sharedTile(piece)}</li>`)}</ul>
    </section>`;
  }

  #sharedTile(piece: SharedView): TemplateResult {
    return html`
      <button type="button" class="shared" @click=${() => this.open({ what: "shared", id: piece.contributionId })}>
        <span class="thumb" data-kind=${piece.kind}>
          ${
            piece.thumbnailKey
              ? html`<img src=${`/media/${piece.thumbnailKey}`} alt="" loading="lazy" />`
              : piece.text
                ? html`<span class="excerpt" dir="auto">${piece.text}</span>`
                : icon(piece.kind)
          }
        </span>
        <span class="shared-title">${titleOf(piece)}</span>
      </button>
    `;
  }
}

customElements.define("phone-home", Home);
