/** `<hl-albums>`: curated lists with notes: one album is open at a time, the chosen pieces go into it. */

import { css, html, nothing, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { AlbumView } from "../wire.ts";
import "./album_entry.ts";
import * as acts from "./acts.ts";
import { DeskElement } from "./desk_element.ts";
import { count } from "./formatting.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";

export class Albums extends DeskElement {
  static override properties: PropertyDeclarations = { making: { state: true } };

  static override styles = [
    look,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .tools { padding: 0 12px 8px; }
      .entries {
        flex: 1; min-height: 60px; overflow-y: auto; padding: 0 12px 12px; display: grid; gap: 4px;
        align-content: start; scrollbar-width: thin; scrollbar-color: var(--line-strong) transparent;
      }
      .note { padding: 0 12px 8px; display: grid; gap: 6px; }
      .note textarea { height: 48px; }
    `,
  ];

  declare making: boolean;

  constructor() {
    super();
    this.making = false;
  }

  /** The open album: the chosen one, else the newest. */
  get open(): AlbumView | null {
    const { albums } = this.desk.hub.things;
    return albums.get(this.desk.view.albumId ?? "") ?? [...albums.values()].at(-1) ?? null;
  }

  override render(): TemplateResult {
    const albums = [...this.desk.hub.things.albums.values()];
    const { open } = this;
    return html`
      <div class="head"><h2>Albums</h2><button class="button small quiet" @click=${() => {
        this.making = !this.making;
      }}>${icon("plus")}New album</button></div>
      ${this.making || albums.length === 0 ? this.#maker() : nothing}
      ${
        open
          ? this.#album(open, albums)
          : html`<p
          class="empty">Albums keep what should stay together for the film, the album and the book.</p>`
      }`;
  }

  /**
   * A piece that moves takes its focus along: what goes on being typed into its note must not become the console's keys.
   */
  protected override update(changed: PropertyValues): void {
    const entry = this.shadowRoot?.activeElement;
    const held = entry?.shadowRoot?.activeElement;
    super.update(changed);
    if (held instanceof HTMLElement && held.isConnected && entry?.shadowRoot?.activeElement !== held)
      held.focus({ preventScroll: true });
  }

  /** Put what is chosen in the queue into the open album. */
  add(): void {
    const { open } = this;
    if (open) void this.desk.addToAlbum(open, this.desk.chosen);
    else
      this.desk.notices.trouble("Adding", {
        code: "not_found",
        message: "there is no album yet: make one under Albums first",
        retryAfterS: null,
      });
  }

  #maker(): TemplateResult {
    return html`<form class="tools row" @submit=${this.#make}>
      <input type="text" name="title" maxlength="80" aria-label="Title of the new album"
          placeholder="Title of the new album" required />
      <button class="button primary">Make</button></form>`;
  }

  #album(open: AlbumView, albums: readonly AlbumView[]): TemplateResult {
    return html`
      <div class="tools row">
        <select class="grow" aria-label="Open album" @change=${this.#choose}>
          ${albums.map(
            (album) => html`<option value=${album.albumId}
              ?selected=${album === open}>${album.title} (${album.entries.length})</option>`,
          )}
        </select>
        <button class="button" ?disabled=${this.desk.chosen.length === 0}
            @click=${() => this.add()}>${icon("plus")}Add piece <kbd aria-hidden="true">${keyOf("album")}</kbd></button>
      </div>
      <div class="note">
        <textarea aria-label=${`Note on the album ${open.title}`} placeholder="Note on this album"
            maxlength="2000" dir="auto" .value=${open.note}
            @change=${(event: Event) => this.#note(open, event)}></textarea>
      </div>
      <ul class="entries" aria-label=${`${open.title}: ${count(open.entries.length, "piece")}`}>
        ${repeat(
          open.entries,
          (entry) => entry.contributionId,
          (entry, position) => html`<li><hl-album-entry .desk=${this.desk} .album=${open}
            .entry=${entry} .position=${position}></hl-album-entry></li>`,
        )}
      </ul>`;
  }

  async #make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const title = String(new FormData(event.target).get("title") ?? "").trim();
    if (!title) return;
    event.target.reset();
    this.making = false;
    await this.desk.makeAlbum(title);
  }

  #choose(event: Event): void {
    if (event.target instanceof HTMLSelectElement) this.desk.view.set({ albumId: event.target.value });
  }

  #note(album: AlbumView, event: Event): void {
    if (!(event.target instanceof HTMLTextAreaElement)) return;
    void this.desk.ask(acts.editAlbum(album.albumId, album.title, event.target.value), "Saving the note");
  }
}

customElements.define("hl-albums", Albums);
declare global {
  interface HTMLElementTagNameMap {
    "hl-albums": Albums;
  }
}
