/**
 * `<hl-queue-list>`: the pieces, however many: only the rows in sight exist.
 *
 * One focusable grid with an active row (the cursor); the keys are the console's, not its own.
 */

import { css, html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { click, indexOf } from "./cursor.ts";
import { DeskElement } from "./desk_element.ts";
import { look } from "./look.ts";
import "./piece_row.ts";
import { ROW_HEIGHT_PX } from "./piece_row.ts";
import { isNarrowed, type Tab } from "./queue.ts";
import { rowsInSight, scrollTo } from "./rows.ts";

const CLOCK_EVERY_MS = 10_000;

const EMPTY: Readonly<Record<Tab, string>> = {
  waiting: "Nothing waits for you. What people send comes in here.",
  approved: "Nothing approved yet. Approve pieces under Waiting.",
  held: "Nothing on hold.",
  rejected: "Nothing rejected.",
  unusable: "Everything that came in can be used.",
  all: "Nothing has come in yet. Show the join code to the hall.",
};

export class QueueList extends DeskElement {
  static override styles = [
    look,
    css`
      :host { position: relative; min-height: 0; }
      .scroller {
        position: absolute; inset: 0; overflow-y: auto; overflow-x: hidden; scrollbar-width: thin;
        scrollbar-color: var(--line-strong) transparent; border-radius: 0 0 var(--radius) var(--radius);
      }
      .space { position: relative; }
      hl-piece-row { position: absolute; left: 0; right: 0; top: 0; }
      .empty { padding: 48px 24px; }
    `,
  ];

  #cursorSeen: string | null = null;
  #ticking = 0;
  readonly #resized = new ResizeObserver(() => this.requestUpdate());

  override connectedCallback(): void {
    super.connectedCallback();
    this.#ticking = window.setInterval(() => this.requestUpdate(), CLOCK_EVERY_MS);
    this.#resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#ticking);
    this.#resized.disconnect();
  }

  override render(): TemplateResult {
    const { list, view } = this.desk;
    const top = this.#scroller?.scrollTop ?? 0;
    const { first, end } = rowsInSight(top, this.clientHeight, ROW_HEIGHT_PX, list.length);
    const rows = list.slice(first, end).map((piece, index) => ({ piece, at: first + index }));
    return html`
      <div class="scroller" role="grid" tabindex="0" aria-label="Pieces" aria-multiselectable="true"
          aria-rowcount=${list.length}
        aria-activedescendant=${view.cursor ? `row-${view.cursor}` : ""} @scroll=${() => this.requestUpdate()}>
        <div class="space" role="presentation">
          ${repeat(
            rows,
            ({ piece }) => piece.contributionId,
            ({ piece, at }) => html`
            <hl-piece-row role="row" id=${`row-${piece.contributionId}`} aria-rowindex=${at + 1} .desk=${this.desk}
                .piece=${piece}
              ?cursor=${piece.contributionId === view.cursor} ?marked=${view.marked.has(piece.contributionId)}
              aria-selected=${piece.contributionId === view.cursor || view.marked.has(piece.contributionId)}
              @click=${(event: MouseEvent) => click(view, list, piece.contributionId, event)}
              @dblclick=${() => this.#open(piece.contributionId)}></hl-piece-row>`,
          )}
        </div>
      </div>
      ${list.length === 0 ? html`<p class="empty">${this.#emptyWords()}</p>` : ""}`;
  }

  override updated(): void {
    this.#lay();
    const { cursor } = this.desk.view;
    if (cursor === this.#cursorSeen || !this.#scroller) return;
    this.#cursorSeen = cursor;
    const at = indexOf(this.desk.list, cursor);
    if (at >= 0) this.#scroller.scrollTop = scrollTo(at, this.#scroller.scrollTop, this.clientHeight, ROW_HEIGHT_PX);
  }

  override focus(): void {
    this.#scroller?.focus();
  }

  get #scroller(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".scroller");
  }

  /** By the style object: the page's policy forbids style attributes. */
  #lay(): void {
    const space = this.renderRoot.querySelector<HTMLElement>(".space");
    if (space) space.style.height = `${this.desk.list.length * ROW_HEIGHT_PX}px`;
    for (const row of this.renderRoot.querySelectorAll("hl-piece-row")) {
      row.style.transform = `translateY(${(Number(row.ariaRowIndex) - 1) * ROW_HEIGHT_PX}px)`;
      row.requestUpdate();
    }
  }

  #open(id: string): void {
    if (this.desk.isHost) void this.desk.stage(id);
  }

  #emptyWords(): string {
    const { filter } = this.desk.view;
    return isNarrowed(filter) ? "No piece fits the search and filters. Press \\ to clear them." : EMPTY[filter.tab];
  }
}

customElements.define("hl-queue-list", QueueList);
declare global {
  interface HTMLElementTagNameMap {
    "hl-queue-list": QueueList;
    "hl-piece-row": import("./piece_row.ts").PieceRow;
  }
}
