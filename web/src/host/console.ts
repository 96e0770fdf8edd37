/**
 * `<hl-console>`: the whole page of host and moderator: where things stand, and which key does what.
 *
 * Moderators get queue, preview and program; what only a host may do is not there for them.
 */

import { css, html, nothing, type TemplateResult } from "lit";
import "./air/guests_panel.ts";
import "./albums.ts";
import { changeTab, markAll, move, moveToEnd } from "./cursor.ts";
import { DeskElement } from "./desk_element.ts";
import { count } from "./formatting.ts";
import { BINDINGS, type Command, commandFor, type Focus } from "./keys.ts";
import "./layers.ts";
import { look } from "./look.ts";
import "./notice_list.ts";
import "./phones/panel.ts";
import "./piece_panel.ts";
import { canStage } from "./piece_row.ts";
import "./program_panel.ts";
import "./prompt_editor.ts";
import { counts, EVERYTHING, tabsShown } from "./queue.ts";
import "./queue_filters.ts";
import "./queue_list.ts";
import "./strips.ts";
import "./top_bar.ts";
import type { View } from "./view.ts";
import "./windows.ts";

/** What works while a window is open over the console. */
const ABOVE_WINDOWS: ReadonlySet<Command> = new Set(["panic", "blackout", "leave"]);
const HOST_ONLY = new Set(BINDINGS.filter(({ host }) => host).map(({ command }) => command));

export class Console extends DeskElement {
  static override styles = [
    look,
    css`
      :host {
        height: 100dvh; min-height: 600px; display: grid; gap: 8px; padding: 8px;
        grid-template: auto minmax(0, 1fr) / minmax(340px, 400px) minmax(0, 1fr) minmax(320px, 364px);
      }
      :host([moderator]) { grid-template-columns: minmax(380px, 1fr) minmax(0, 1.2fr); }
      hl-top-bar { grid-column: 1 / -1; }
      .queue { display: flex; flex-direction: column; min-height: 0; }
      hl-queue-list, hl-guests, hl-phones { flex: 1; }
      .columns { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 6px; padding: 8px 10px 0; }
      .arriving { padding: 4px 14px; color: var(--amber); font-size: 0.8125rem; }
      .centre { display: grid; grid-template-rows: auto minmax(0, 1fr); gap: 8px; min-height: 0; min-width: 0; }
      .below { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 8px; min-height: 0; }
      :host([moderator]) .below { grid-template-columns: minmax(0, 1fr); }
      .asks { display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1fr); gap: 8px; min-height: 0; }
      .right { display: grid; grid-template: minmax(0, 1.15fr) minmax(0, 1fr) / minmax(0, 1fr); gap: 8px; min-height: 0; min-width: 0; }
      hl-program-panel { justify-self: center; width: 100%; max-width: calc(34vh * 16 / 9); }
      .away {
        position: fixed; top: 0; left: 0; right: 0; z-index: 15; padding: 6px; text-align: center;
        background: #b3221a; color: #fff; font-weight: 700;
      }
      @media (max-width: 1200px) {
        :host { grid-template-columns: 316px minmax(0, 1fr) 300px; gap: 6px; padding: 6px; }
        .below { grid-template-columns: minmax(0, 1fr); overflow-y: auto; }
        .below > * { min-height: 470px; }
        /* The prompt's head shows below the piece: there is more to come. */
        .below > :first-child { min-height: 420px; }
        .asks { grid-template-rows: auto minmax(260px, 1fr); }
      }
      /* A moderator's phone: one thing under the other, and the page scrolls. */
      @media (max-width: 760px) {
        :host, :host([moderator]) { height: auto; grid-template: none / minmax(0, 1fr); }
        .queue { height: 76dvh; }
        .centre, .below, .right { grid-template: none / minmax(0, 1fr); grid-auto-rows: auto; overflow: visible; }
        .below > *, .right > * { min-height: 0; max-height: 76dvh; }
        .right > * { height: 60dvh; }
      }
    `,
  ];

  readonly #pressed = (event: KeyboardEvent): void => {
    const command = commandFor(
      { key: event.key, shift: event.shiftKey, modified: event.ctrlKey || event.metaKey || event.altKey },
      focusOf(event.composedPath()[0]),
    );
    if (!command || event.isComposing || (HOST_ONLY.has(command) && !this.desk.isHost)) return;
    if (this.#isWindowOpen && !ABOVE_WINDOWS.has(command)) return;
    if (event.repeat && !/next|previous/i.test(command)) return;
    event.preventDefault();
    this.#deeds[command]?.();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.toggleAttribute("moderator", !this.desk.isHost);
    window.addEventListener("keydown", this.#pressed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener("keydown", this.#pressed);
  }

  protected override followed() {
    return [...super.followed(), this.desk.house];
  }

  override render(): TemplateResult {
    const { desk } = this;
    const { arriving } = desk.house;
    const refused = desk.hub.line === "refused" ? desk.hub.problem?.message : undefined;
    return html`
      ${refused ? html`<p class="away" role="alert">The hub does not let this page in: ${refused}</p>` : nothing}
      <hl-top-bar class="panel" role="banner" .desk=${desk}></hl-top-bar>
      <section class="panel queue" aria-label="Queue">
        ${this.#columns()} ${this.#column(arriving)}
      </section>
      <main class="centre">
        <hl-program-panel .desk=${desk}></hl-program-panel>
        <div class="below">
          <hl-piece-panel class="panel" role="region" aria-label="The chosen piece" .desk=${desk}></hl-piece-panel>
          ${
            desk.isHost
              ? html`<div class="asks">
            <hl-prompt-editor class="panel" role="region" aria-label="Prompt" .desk=${desk}></hl-prompt-editor>
            <hl-albums class="panel" role="region" aria-label="Albums" .desk=${desk}></hl-albums></div>`
              : nothing
          }
        </div>
      </main>
      ${
        desk.isHost
          ? html`<aside class="right" aria-label="The stage">
        <hl-layers class="panel" .desk=${desk}></hl-layers><hl-strips class="panel" .desk=${desk}></hl-strips></aside>`
          : nothing
      }
      <hl-windows .desk=${desk}></hl-windows>
      <hl-notice-list .desk=${desk}></hl-notice-list>`;
  }

  #columns(): TemplateResult {
    const { view, hub } = this.desk;
    const guests = hub.things.guests.size;
    const column = (name: View["column"], words: string, label: string) =>
      html`<button class="button" aria-pressed=${view.column === name} aria-label=${label}
        @click=${() => view.set({ column: name })}>${words}</button>`;
    return html`<div class="columns" role="group" aria-label="What is listed">
      ${column("pieces", "Sent", "Sent: what people sent")}
      ${column("guests", guests > 0 ? `Live · ${guests}` : "Live", guests > 0 ? `Live · ${guests} people` : "Live: nobody yet")}
      ${this.desk.isHost ? column("phones", "Phones", "Phones: lights and sounds") : nothing}</div>`;
  }

  #column(arriving: number): TemplateResult {
    const { desk } = this;
    if (desk.view.column === "guests") return html`<hl-guests class="guests" .desk=${desk}></hl-guests>`;
    if (desk.view.column === "phones") return html`<hl-phones .desk=${desk}></hl-phones>`;
    return this.#pieces(arriving);
  }

  #pieces(arriving: number): TemplateResult {
    const { desk } = this;
    return html`<hl-queue-filters .desk=${desk}></hl-queue-filters>
      ${arriving > 0 ? html`<p class="arriving" role="status">${count(arriving, "piece")} on the way…</p>` : nothing}
      <hl-queue-list .desk=${desk}></hl-queue-list>`;
  }

  get #isWindowOpen(): boolean {
    const { keysShown, joinShown } = this.desk.view;
    return keysShown || joinShown;
  }

  /** Command → deed; each row one line. */
  readonly #deeds: Readonly<Record<Command, () => void>> = {
    panic: () => this.desk.panic(),
    blackout: () => this.desk.blackout(),
    next: () => move(this.desk.view, this.desk.list, 1),
    previous: () => move(this.desk.view, this.desk.list, -1),
    markNext: () => move(this.desk.view, this.desk.list, 1, true),
    markPrevious: () => move(this.desk.view, this.desk.list, -1, true),
    markAll: () => markAll(this.desk.view, this.desk.list),
    first: () => moveToEnd(this.desk.view, this.desk.list, false),
    last: () => moveToEnd(this.desk.view, this.desk.list, true),
    nextTab: () => this.#changeTab(1),
    previousTab: () => this.#changeTab(-1),
    clearFilters: () =>
      this.desk.view.set({
        filter: { ...EVERYTHING, tab: this.desk.view.filter.tab, order: this.desk.view.filter.order },
      }),
    search: () => this.#part("hl-queue-filters")?.focusSearch(),
    approve: () => void this.desk.judge(this.desk.chosen, "approved"),
    hold: () => void this.desk.judge(this.desk.chosen, "held"),
    reject: () => void this.desk.judge(this.desk.chosen, "rejected"),
    stage: () => this.#stage(),
    retract: () => void this.desk.retract(this.desk.chosen),
    share: () => this.#share(),
    album: () => this.#part("hl-albums")?.add(),
    ban: () => this.#ban(),
    undo: () => this.desk.notices.undo(),
    play: () => this.#part("hl-piece-panel")?.togglePlay(),
    prompt: () => this.#part("hl-prompt-editor")?.focus(),
    say: () => this.#part("hl-layers")?.focusWords(),
    add: () => this.desk.view.set({ transition: "add" }),
    cut: () => this.desk.view.set({ transition: "cut" }),
    crossfade: () => this.desk.view.set({ transition: "crossfade" }),
    clear: () => this.desk.clear(),
    credits: () => this.desk.credits(),
    guests: () => this.desk.view.set({ column: this.desk.view.column === "guests" ? "pieces" : "guests" }),
    sound: () => this.#part("hl-program-panel")?.toggleSound(),
    keys: () => this.desk.view.set({ keysShown: true }),
    leave: () => this.#leave(),
  };

  #part<Name extends keyof HTMLElementTagNameMap>(name: Name): HTMLElementTagNameMap[Name] | null {
    return this.renderRoot.querySelector(name);
  }

  #changeTab(by: number): void {
    const { view } = this.desk;
    changeTab(view, tabsShown(counts(this.desk.pieces()), view.filter.tab), by);
  }

  #stage(): void {
    const piece = this.desk.piece(this.desk.view.cursor);
    if (!piece) return;
    if (canStage(piece)) void this.desk.stage(piece.contributionId);
    else
      this.desk.notices.trouble("Putting it on stage", {
        code: "conflict",
        message: piece.consent.stage
          ? "it is not ready: wait until it is prepared"
          : "its author does not allow the stage: keep it for the album, or ask",
        retryAfterS: null,
      });
  }

  #share(): void {
    const piece = this.desk.piece(this.desk.view.cursor);
    if (piece) void this.desk.share(piece.contributionId, !piece.shared);
  }

  #ban(): void {
    const piece = this.desk.piece(this.desk.view.cursor);
    if (piece) void this.desk.ban(piece.personId, true);
  }

  #leave(): void {
    if (this.#isWindowOpen) this.desk.view.set({ keysShown: false, joinShown: false });
    deepActive()?.blur();
    if (this.desk.view.marked.size > 0) this.desk.view.set({ marked: new Set() });
  }
}

/** What the keyboard is in, seen through shadow roots. */
function focusOf(target: EventTarget | undefined): Focus {
  if (!(target instanceof Element)) return "page";
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return "text";
  if (target instanceof HTMLInputElement)
    return target.type === "range" ? "slider" : target.type === "color" ? "button" : "text";
  if (target.getAttribute("role") === "slider") return "slider";
  return target instanceof HTMLButtonElement || target instanceof HTMLAnchorElement ? "button" : "page";
}

function deepActive(): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active instanceof HTMLElement ? active : null;
}

customElements.define("hl-console", Console);
