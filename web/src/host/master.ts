/** `<hl-master>`: the loudness of the whole program: fader, left and right meter. */

import { css, html, type TemplateResult } from "lit";
import { DeskElement } from "./desk_element.ts";
import { gainToTravel, travelToGain } from "./fader.ts";
import "./fader_control.ts";
import { decibels } from "./formatting.ts";
import { look } from "./look.ts";
import "./meter.ts";

export class Master extends DeskElement {
  static override styles = [
    look,
    css`
      :host { padding: 8px 16px 10px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; }
      .meters { display: grid; gap: 3px; margin-right: 0; }
      hl-meter { height: 9px; }
      b { width: 56px; }
      .db { width: 62px; text-align: right; }
      @media (max-width: 1200px) { :host { padding: 8px 8px 10px; } .row { gap: 6px; } b { width: 48px; } .db { width: 52px; } }
    `,
  ];

  protected override followed() {
    return [...super.followed(), this.desk.meters];
  }

  override shouldUpdate(): boolean {
    const peaks = this.desk.meters.levels?.masterPeakDb ?? [-120, -120];
    const meters = this.renderRoot.querySelectorAll("hl-meter");
    for (const [channel, meter] of meters.entries()) meter.show(peaks[channel] ?? -120, performance.now());
    return true;
  }

  override render(): TemplateResult {
    const scene = this.desk.hub.things.stage?.scene;
    const gainDb = scene?.masterGainDb ?? 0;
    const isDucking = scene?.ducking ?? false;
    return html`
      <div class="row"><b>Master</b>
        <hl-fader label="Master gain" .value=${gainToTravel(gainDb)} .home=${gainToTravel(0)}
            .say=${(travel: number) => decibels(travelToGain(travel))}
          @fade=${(event: CustomEvent<number>) => void this.desk.cue({ type: "set_master", gainDb: travelToGain(event.detail) }, "Changing the master")}></hl-fader>
        <span class="db number">${decibels(gainDb)}</span>
        <button class="button small" aria-pressed=${isDucking} title="Turn everything else down, a choir too, while a guest who is not of a choir talks"
          @click=${() => void this.desk.cue({ type: "set_ducking", on: !isDucking }, "Switching talk-over")}>Talk-over</button></div>
      <div class="meters"><hl-meter label="Program level, left"></hl-meter><hl-meter label="Program level, right"></hl-meter></div>`;
  }
}

customElements.define("hl-master", Master);
