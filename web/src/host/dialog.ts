/** `<hl-dialog>`: a window over the console, on the browser's own `<dialog>`. Fires `closed`. */

import { css, html, LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import { icon } from "./icons.ts";
import { look } from "./look.ts";

export class Dialog extends LitElement {
  static override properties: PropertyDeclarations = { heading: { type: String } };

  static override styles = [
    look,
    css`
      dialog {
        margin: auto; max-width: min(920px, 92vw); max-height: 92vh; padding: 0;
        border: 1px solid var(--line-strong); border-radius: var(--radius); background: var(--surface);
        color: var(--text);
      }
      dialog::backdrop { background: #000000b8; }
      .top { display: flex; align-items: center; gap: 24px; padding: 14px 12px 6px 22px; }
      h2 { font-size: 1.25rem; margin-right: auto; }
      .content { padding: 6px 22px 22px; }
    `,
  ];

  declare heading: string;

  constructor() {
    super();
    this.heading = "";
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading" @close=${() => this.dispatchEvent(new Event("closed"))}
        @click=${this.#outside}>
      <div class="top"><h2 id="heading">${this.heading}</h2><button class="button square quiet" aria-label="Close"
          @click=${() => this.#dialog?.close()}>${icon("cross")}</button></div>
      <div class="content"><slot></slot></div></dialog>`;
  }

  override firstUpdated(): void {
    this.#dialog?.showModal();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  #outside(event: MouseEvent): void {
    if (event.target === this.#dialog) this.#dialog?.close();
  }
}

customElements.define("hl-dialog", Dialog);
