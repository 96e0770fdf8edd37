/** `<hl-prompt-editor>`: what the hall is asked for now, and of which kinds. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Kind } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { KIND_NAMES, wallTime } from "./formatting.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";
import { KINDS } from "./queue.ts";
import { KIND_ICONS } from "./thumbnail.ts";

const MAX_LENGTH = 280;

export class PromptEditor extends DeskElement {
  static override properties: PropertyDeclarations = { text: { state: true }, kinds: { state: true } };

  static override styles = [
    look,
    css`
      form { padding: 0 12px 12px; display: grid; gap: 8px; }
      .now {
        margin: 0 14px 8px; font-size: 1rem; line-height: 1.3; overflow-wrap: anywhere; overflow: hidden;
        display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
      }
      .now b { font-weight: 650; }
      .now .muted { font-size: 0.875rem; }
      textarea { height: 56px; font-size: 1rem; }
      .kinds { display: flex; gap: 2px; flex: 1; }
      .row .primary { padding: 0 10px; }
    `,
  ];

  declare text: string;
  declare kinds: ReadonlySet<Kind> | null;

  constructor() {
    super();
    this.text = "";
    this.kinds = null;
  }

  override render(): TemplateResult {
    const { prompt } = this.desk.hub.things;
    const kinds = this.#kinds;
    return html`
      <div class="head"><h2>Prompt</h2></div>
      <p class="now" title=${prompt?.text ?? ""}>${
        prompt?.text
          ? html`<b dir="auto">${prompt.text}</b> <span
          class="muted">since ${wallTime(prompt.atUs, this.desk.hub.welcome?.openedAtS ?? 0)}</span>`
          : html`<span
          class="muted">The hall is asked for nothing yet.</span>`
      }</p>
      <form @submit=${this.#send}>
        <textarea aria-label="New prompt" maxlength=${MAX_LENGTH} dir="auto"
            placeholder="Ask the hall for something…  (${keyOf("prompt")})" .value=${this.text}
          @input=${this.#typed} @keydown=${this.#key}></textarea>
        <div class="row">
          <div class="kinds" role="group" aria-label="Kinds that may be sent">
            ${KINDS.map(
              (kind) => html`<button type="button" class="button square small" aria-pressed=${kinds.has(kind)}
                aria-label=${`Accept ${KIND_NAMES[kind].toLowerCase()}`} title=${KIND_NAMES[kind]}
                @click=${() => this.#toggle(kind)}>${icon(KIND_ICONS[kind])}</button>`,
            )}
          </div>
          ${this.text.length > 200 ? html`<span class="muted number">${MAX_LENGTH - this.text.length}</span>` : nothing}
          <button class="button primary" ?disabled=${!this.#isReady}>Ask the hall</button>
        </div>
      </form>`;
  }

  override focus(): void {
    this.renderRoot.querySelector("textarea")?.focus();
  }

  get #kinds(): ReadonlySet<Kind> {
    return this.kinds ?? new Set(this.desk.hub.things.prompt?.kinds ?? KINDS);
  }

  get #isReady(): boolean {
    return this.text.trim() !== "" && this.#kinds.size > 0;
  }

  #typed(event: Event): void {
    if (event.target instanceof HTMLTextAreaElement) this.text = event.target.value;
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void this.#send(event);
  }

  #toggle(kind: Kind): void {
    const kinds = new Set(this.#kinds);
    if (!kinds.delete(kind)) kinds.add(kind);
    this.kinds = kinds;
  }

  async #send(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.#isReady) return;
    const text = this.text.trim();
    const done = await this.desk.setPrompt(
      text,
      KINDS.filter((kind) => this.#kinds.has(kind)),
    );
    if (!done || this.text.trim() !== text) return;
    this.text = "";
    this.kinds = null;
    this.renderRoot.querySelector("textarea")?.blur(); // what is typed now is keys again
  }
}

customElements.define("hl-prompt-editor", PromptEditor);
declare global {
  interface HTMLElementTagNameMap {
    "hl-prompt-editor": PromptEditor;
  }
}
