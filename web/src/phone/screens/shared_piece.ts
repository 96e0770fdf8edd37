// A piece that the host offers for remixing: look, listen, and answer it with one's own.
import { html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import { Follow } from "../../shared/follow.ts";
import type { Id, Kind, SharedView } from "../../wire.ts";
import { KINDS, WORDS } from "../kinds.ts";
import { icon } from "./icons.ts";
import { Sheet } from "./sheet.ts";

/** What a shared piece is called: "Mina’s photo", or "A photo" by somebody who wants no name. */
export function titleOf(shared: SharedView): string {
  return shared.name ? `${shared.name}’s ${WORDS[shared.kind].noun}` : `A ${WORDS[shared.kind].noun}`;
}

class SharedPiece extends Sheet {
  static override properties: PropertyDeclarations = { id: { attribute: false } };
  declare id: Id;
  #answering: Kind | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    new Follow(this, this.services.hub.things);
  }

  protected heading(): string {
    const shared = this.services.hub.things.shared.get(this.id);
    return shared ? titleOf(shared) : "No longer here";
  }

  protected content(): TemplateResult {
    const { shared, prompt } = this.services.hub.things;
    const piece = shared.get(this.id);
    if (!piece) return html`<p class="lead">The host took it back. There may be others.</p>`;
    const kinds = prompt?.kinds ?? KINDS;
    return html`
      ${this.#shown(piece)}
      <h3>Answer it with your own</h3>
      <div class="tiles low">
        ${KINDS.filter((kind) => kinds.includes(kind)).map(
          (kind) =>
            html`<button type="button" class="tile" data-kind=${kind} @click=${() => this.#answer(kind)}>${icon(kind)}<span>${WORDS[kind].label}</span></button>`,
        )}
      </div>
    `;
  }

  #shown(piece: SharedView): TemplateResult | typeof nothing {
    const title = titleOf(piece);
    if (piece.text) return html`<blockquote class="words" dir="auto">${piece.text}</blockquote>`;
    if (piece.clipKey)
      return html`<video class="shown" controls playsinline preload="metadata" src=${address(piece.clipKey)} aria-label=${title}></video>`;
    if (piece.stillKey) return html`<img class="shown" src=${address(piece.stillKey)} alt=${title} />`;
    if (piece.soundKey)
      return html`<audio controls preload="metadata" src=${address(piece.soundKey)} aria-label=${title}></audio>`;
    return nothing;
  }

  #answer(kind: Kind): void {
    this.#answering = kind;
    this.finish();
    this.open({ what: "compose", kind: this.#answering, parents: [this.id] });
  }
}

/** Where the hub serves a rendition. */
export function address(key: string): string {
  return `/media/${key}`;
}

customElements.define("phone-shared-piece", SharedPiece);
