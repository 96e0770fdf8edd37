// A sheet that lies over the first screen. The browser's own <dialog> keeps the focus inside and gives it back afterwards;
// Escape and Android's back gesture close it.
import { html, type PropertyValues, type TemplateResult } from "lit";
import { PageElement } from "./element.ts";
import { icon } from "./icons.ts";

export abstract class Sheet extends PageElement {
  protected abstract heading(): string;
  protected abstract content(): TemplateResult;

  /** Whether the sheet may go now; a sheet with something to lose asks first. */
  protected mayClose(): boolean {
    return true;
  }

  override render(): TemplateResult {
    return html`
      <dialog class="sheet" aria-labelledby="sheet-heading" @close=${this.#closed} @cancel=${this.#cancel}>
        <header class="sheet-head">
          <h2 id="sheet-heading">${this.heading()}</h2>
          <button type="button" class="round" aria-label="Close" @click=${this.dismiss}>${icon("close")}</button>
        </header>
        <div class="sheet-body">${this.content()}</div>
      </dialog>
    `;
  }

  protected override firstUpdated(_changed: PropertyValues): void {
    this.querySelector("dialog")?.showModal();
    (this.querySelector<HTMLElement>("[data-focus]") ?? this.querySelector<HTMLElement>(".round"))?.focus();
  }

  protected readonly dismiss = (): void => {
    if (this.mayClose()) this.finish();
  };

  /** Close without asking. Browsers say `close` some time later: by then the next sheet may be open. */
  protected finish(): void {
    this.querySelector("dialog")?.close();
    this.open(null);
  }

  readonly #cancel = (event: Event): void => {
    // A file input inside gives a `cancel` of its own when nothing was picked.
    if (event.target !== event.currentTarget) return;
    event.preventDefault();
    this.dismiss();
  };

  /** The browser closed it by itself, as it may when Escape is pressed once more. */
  readonly #closed = (event: Event): void => {
    if (event.target === event.currentTarget && this.isConnected) this.open(null);
  };
}
