// Coming in: a name, the line that credits it, the code where the link did not bring it, and what everyone agrees to.
import { html, nothing, type TemplateResult } from "lit";
import { JoinRefused } from "../person.ts";
import { PageElement } from "./element.ts";
import { icon } from "./icons.ts";

/** A show without a name of its own is called so, too: once on the page is enough. */
const BRAND = "Houselights";

class Join extends PageElement {
  #isBusy = false;
  #refusal = "";

  override render(): TemplateResult {
    const { boot, person } = this.services;
    return html`
      <main class="join">
        ${boot.title === BRAND ? nothing : html`<div class="brand">${icon("bulb")}<span>${BRAND}</span></div>`}
        <h1>${boot.title}</h1>
        <p class="lead">Your words, pictures and sounds can be part of this show.</p>
        <form @submit=${this.#submit}>
          ${boot.code && !this.#refusal ? html`<input type="hidden" name="code" .value=${boot.code} />` : this.#codeField()}
          <div class="field">
            <label for="name">Your name</label>
            <input id="name" name="name" required maxlength="80" autocomplete="name" enterkeyhint="go" .value=${person.name} />
          </div>
          <div class="field">
            <label for="credit">Credit line <small>optional</small></label>
            <input id="credit" name="credit" maxlength="80" autocomplete="off" .value=${person.credit} aria-describedby="credit-hint" />
            <small id="credit-hint">How the stage and the credits name you. Empty: your name.</small>
          </div>
          <p class="notice">
            <strong>16 and over.</strong> Show no faces of people who have not said yes. You choose for each piece what it may be used for.
          </p>
          ${this.#refusal ? html`<p class="refusal" role="alert">${icon("alert")}${this.#refusal}</p>` : nothing}
          <button class="primary" ?disabled=${this.#isBusy}>${this.#isBusy ? "Coming in…" : "Come in"}</button>
        </form>
      </main>
    `;
  }

  #codeField(): TemplateResult {
    return html`
      <div class="field">
        <label for="code">Code on the screen</label>
        <input
          id="code"
          class="code"
          name="code"
          required
          maxlength="16"
          autocapitalize="characters"
          autocomplete="off"
          autocorrect="off"
          spellcheck="false"
          .value=${this.services.boot.code}
        />
      </div>
    `;
  }

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    const field = (name: string) => String(said.get(name) ?? "").trim();
    this.#isBusy = true;
    this.requestUpdate();
    try {
      await this.services.person.join(field("code"), field("name"), field("credit"));
      this.dispatchEvent(new CustomEvent("joined", { bubbles: true }));
    } catch (error) {
      if (!(error instanceof JoinRefused)) throw error;
      this.#refusal = error.message;
    } finally {
      this.#isBusy = false;
      this.requestUpdate();
    }
  };
}

customElements.define("phone-join", Join);
