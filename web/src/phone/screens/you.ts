// Who this phone is to the show: the name, and the line that credits it.
import { html, type TemplateResult } from "lit";
import { Sheet } from "./sheet.ts";

class You extends Sheet {
  protected heading(): string {
    return "You";
  }

  protected content(): TemplateResult {
    const { hub, person } = this.services;
    const me = hub.things.me;
    return html`
      <form @submit=${this.#save}>
        <div class="field">
            <label for="name">Your name</label>
            <input id="name" name="name" required maxlength="80" autocomplete="name" data-focus .value=${me?.name ?? person.name} />
          </div>
        <div class="field">
            <label for="credit">Credit line <small>optional</small></label>
            <input id="credit" name="credit" maxlength="80" autocomplete="off" .value=${me?.credit ?? person.credit} aria-describedby="credit-hint" />
          <small id="credit-hint">How the stage and the credits name you. Empty: your name.</small>
          </div>
        <button class="primary">Save</button>
      </form>
      <p class="notice">
        <strong>16 and over.</strong> Show no faces of people who have not said yes. What each of your pieces may be used for, you can change
        at any time: tap the piece.
      </p>
    `;
  }

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    const name = String(said.get("name")).trim();
    const credit = String(said.get("credit")).trim();
    this.services.person.remember({ name, credit });
    this.finish();
    const ack = await this.services.hub.act({ type: "set_name", name, credit });
    if (!ack.ok) this.say(ack.problem?.message ?? "The name could not be changed.");
  };
}

customElements.define("phone-you", You);
