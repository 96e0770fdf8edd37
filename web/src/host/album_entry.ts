/** `<hl-album-entry>`: one piece in an album: its picture, its place, its note. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { AlbumEntryView, AlbumView } from "../wire.ts";
import * as acts from "./acts.ts";
import { DeskElement } from "./desk_element.ts";
import { KIND_NAMES } from "./formatting.ts";
import { icon } from "./icons.ts";
import { look } from "./look.ts";
import { thumbnail, thumbnailLook } from "./thumbnail.ts";

export class AlbumEntry extends DeskElement {
  static override properties: PropertyDeclarations = {
    album: { attribute: false },
    entry: { attribute: false },
    position: { attribute: false },
  };

  static override styles = [
    look,
    thumbnailLook,
    css`
      :host { display: flex; align-items: center; gap: 8px; padding: 4px; border-radius: 9px; background: var(--raised); }
      .open { padding: 0; border: 0; background: none; border-radius: 8px; }
      .thumb { width: 64px; height: 44px; }
      .thumb .words { font-size: 0.625rem; padding: 3px 5px; }
      .middle { flex: 1; min-width: 0; }
      input[type="text"] { min-height: var(--dense); padding: 2px 8px; border-color: transparent; background: transparent; }
      input[type="text"]:hover, input[type="text"]:focus { border-color: var(--line-strong); background: var(--dark); }
      .name { padding-left: 9px; }
    `,
  ];

  declare album: AlbumView;
  declare entry: AlbumEntryView;
  declare position: number;

  override render(): TemplateResult {
    const { entry, album, position, desk } = this;
    const piece = desk.piece(entry.contributionId);
    const name = piece ? desk.nameOf(piece.personId) : "Someone";
    const last = position === album.entries.length - 1;
    return html`
      <button class="open" title="Show it"
          aria-label=${piece?.kind === "text" ? nothing : `Show the ${piece ? KIND_NAMES[piece.kind].toLowerCase() : "piece"} of ${name}`}
          @click=${() => desk.view.set({ cursor: entry.contributionId, marked: new Set(), filter: { ...desk.view.filter, tab: "all" } })}>
        ${piece ? thumbnail(piece) : html`<div class="thumb">${icon("cross")}</div>`}</button>
      <div class="middle">
        <div class="name cut" dir="auto">${name}</div>
        <input type="text" maxlength="2000" dir="auto" aria-label=${`Note on the piece of ${name}`} placeholder="Note"
            .value=${entry.note} @change=${this.#note} />
      </div>
      <button class="button small square quiet" aria-label=${`Earlier: ${name}`} title="Earlier"
          ?disabled=${position === 0} @click=${() => this.#change({ position: position - 1 })}>${icon("up")}</button>
      <button class="button small square quiet" aria-label=${`Later: ${name}`} title="Later" ?disabled=${last}
          @click=${() => this.#change({ position: position + 1 })}>${icon("down")}</button>
      <button class="button small square quiet" aria-label=${`Out of the album: ${name}`} title="Out of the album"
          @click=${this.#drop}>${icon("cross")}</button>`;
  }

  #change(what: { position?: number; note?: string }): void {
    const act = acts.placeInAlbum(this.album.albumId, this.entry.contributionId, what);
    void this.desk.ask(act, "Changing the album");
  }

  #note(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.#change({ note: event.target.value });
  }

  #drop(): void {
    void this.desk.ask(acts.dropFromAlbum(this.album.albumId, this.entry.contributionId), "Taking it out of the album");
  }
}

customElements.define("hl-album-entry", AlbumEntry);
