// The question where somebody sits, before a call is joined: only what that call needs and was not told yet. All of it,
// at any time: ../screens/you.ts.
import { html, nothing, type TemplateResult } from "lit";
import type { Group, Seat, Side } from "../../wire.ts";
import { sideRadios } from "../screens/sides.ts";
import { seatAsked } from "./showing.ts";

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
        ? html`<fieldset class="sides">
            <legend>Looking at the stage, I sit</legend>
            ${sideRadios()}
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
