// The question where somebody sits; asked only for what a call needs, and answered once for the whole show.
import { html, nothing, type TemplateResult } from "lit";
import type { Group, Seat, Side } from "../../wire.ts";
import { seatAsked } from "./showing.ts";

const SIDES: readonly { readonly side: Side; readonly label: string }[] = [
  { side: "left", label: "Left" },
  { side: "centre", label: "Centre" },
  { side: "right", label: "Right" },
];

/** `seat` with what is missing for `group` asked for; `told` gets it whole. */
export function seatForm(group: Group, seat: Seat, told: (seat: Seat) => void): TemplateResult {
  const asked = seatAsked(group, seat);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const said = new FormData(event.target as HTMLFormElement);
    told({
      ...seat,
      side: asked.side ? ((said.get("side") as Side | null) ?? "") : seat.side,
      row: asked.row ? Number(said.get("row")) : seat.row,
      team: asked.team ? String(said.get("team")).trim() : seat.team,
    });
  };
  return html`<form class="air-seat" @submit=${submit}>
    ${
      asked.side
        ? html`<fieldset>
            <legend>Looking at the stage, I sit</legend>
            ${SIDES.map(({ side, label }) => html`<label><input type="radio" name="side" value=${side} required />${label}</label>`)}
          </fieldset>`
        : nothing
    }
    ${
      asked.row
        ? html`<div class="field">
            <label for="seat-row">Row <small>1 is nearest to the stage</small></label>
            <input id="seat-row" name="row" type="number" inputmode="numeric" min="1" max="999" required />
          </div>`
        : nothing
    }
    ${
      asked.team
        ? html`<div class="field">
            <label for="seat-team">Team</label>
            <input id="seat-team" name="team" maxlength="40" autocomplete="off" required />
          </div>`
        : nothing
    }
    <button class="primary">Join</button>
  </form>`;
}
