// Who this phone is to the show: the name, the line that credits it, and where its owner sits. The seat is the hub's to
// keep, for this show alone: in the next one they sit elsewhere.
import { html, type TemplateResult } from "lit";
import type { AudienceAct, Seat, Side } from "../../wire.ts";
import { NO_SEAT } from "../air/showing.ts";
import { Sheet } from "./sheet.ts";
import { sideRadios } from "./sides.ts";

const PARTS = ["side", "row", "number", "team"] as const;

class You extends Sheet {
  /** As it was shown when the sheet was opened: what was not touched is not told. */
  #seat: Seat = NO_SEAT;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#seat = this.services.hub.things.myAir?.seat ?? NO_SEAT;
  }

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
        ${this.#place()}
        <button class="primary">Save</button>
      </form>
      <p class="notice">
        <strong>16 and over.</strong> Show no faces of people who have not said yes. What each of your pieces may be used for, you can change
        at any time: tap the piece.
      </p>
    `;
  }

  #place(): TemplateResult {
    const { side, row, number, team } = this.#seat;
    return html`
      <fieldset class="sides">
        <legend><strong>Where do you sit?</strong> <small class="small">optional, looking at the stage</small></legend>
        ${sideRadios(side)}
      </fieldset>
      <div class="pair">
        ${counted("row", "Row", "1 is at the stage", row)} ${counted("number", "Seat", "1 is on the left", number)}
      </div>
      <div class="field">
        <label for="team">Team <small>if you have one</small></label>
        <input id="team" name="team" maxlength="40" autocomplete="off" .value=${team} />
      </div>
    `;
  }

  readonly #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    const name = String(said.get("name")).trim();
    const credit = String(said.get("credit")).trim();
    const seat: Seat = {
      side: String(said.get("side") ?? "") as Side,
      row: Number(said.get("row")),
      number: Number(said.get("number")),
      team: String(said.get("team")).trim(),
    };
    this.services.person.remember({ name, credit });
    this.finish();
    const { me } = this.services.hub.things;
    if (me?.name !== name || me.credit !== credit)
      void this.#tell({ type: "set_name", name, credit }, "The name could not be changed.");
    if (PARTS.some((part) => seat[part] !== this.#seat[part]))
      void this.#tell({ type: "tell_seat", seat }, "Where you sit could not be told.");
  };

  async #tell(act: AudienceAct, failed: string): Promise<void> {
    const page = this.parentElement; // by the time the hub answers, this sheet is gone
    const { ok, problem } = await this.services.hub.act(act);
    if (!ok) page?.dispatchEvent(new CustomEvent("say", { detail: problem?.message ?? failed }));
  }
}

/** A number that may be left out. */
function counted(name: string, label: string, hint: string, told: number): TemplateResult {
  return html`<div class="field">
    <label for=${name}>${label} <small>${hint}</small></label>
    <input id=${name} name=${name} type="number" inputmode="numeric" min="1" max="999" .value=${told ? String(told) : ""} />
  </div>`;
}

customElements.define("phone-you", You);
