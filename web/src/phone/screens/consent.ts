// What one piece may be used for, as switches in plain words. Tells by `consent` each time one is turned.
import { html, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Consent } from "../../wire.ts";
import { PageElement } from "./element.ts";

const USES: readonly { readonly use: keyof Consent; readonly label: string; readonly hint: string }[] = [
  { use: "stage", label: "Show it on stage", hint: "Tonight, in this hall." },
  { use: "anthology", label: "Keep it for the anthology", hint: "The film, album and book of this show." },
  { use: "paid", label: "Allow a paid release", hint: "It may be part of something that is sold." },
  { use: "anonymous", label: "Leave my name out", hint: "You are not named on stage or in the credits." },
];

class ConsentSwitches extends PageElement {
  static override properties: PropertyDeclarations = { consent: { attribute: false } };
  declare consent: Consent;

  override render(): TemplateResult {
    return html`
      <fieldset class="consent">
        <legend>You decide</legend>
        ${USES.map(
          ({ use, label, hint }) => html`
            <label class="switch">
              <span>${label}<small>${hint}</small></span>
              <input type="checkbox" role="switch" name=${use} .checked=${this.consent[use]} @change=${this.#turned} />
            </label>
          `,
        )}
      </fieldset>
    `;
  }

  readonly #turned = (event: Event): void => {
    const { name, checked } = event.target as HTMLInputElement;
    this.consent = { ...this.consent, [name]: checked };
    this.dispatchEvent(new CustomEvent<Consent>("consent", { detail: this.consent, bubbles: true }));
  };
}

customElements.define("phone-consent", ConsentSwitches);

/** All that was chosen, in one line: "Stage and anthology, with your name". */
export function consentInWords(consent: Consent): string {
  const uses = [consent.stage && "stage", consent.anthology && "anthology", consent.paid && "paid release"].filter(
    Boolean,
  );
  const listed =
    uses.length > 1 ? `${uses.slice(0, -1).join(", ")} and ${uses[uses.length - 1]}` : (uses[0] ?? "nothing for now");
  return `For ${listed}, ${consent.anonymous ? "without" : "with"} your name`;
}
