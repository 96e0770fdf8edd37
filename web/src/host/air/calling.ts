/** `<hl-calling>`: whom the host asks to be live: somebody by lot, a group, or everybody at once as a mosaic or a choir. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { CallView, Gathering, Group, Side, Wants } from "../../wire.ts";
import { DeskElement } from "../desk_element.ts";
import { icon } from "../icons.ts";
import { look } from "../look.ts";
import * as acts from "./acts.ts";
import { WANTS_NAMES } from "./guests.ts";

const GATHERINGS: Readonly<Record<Gathering, string>> = {
  solo: "Each by themselves",
  mosaic: "Mosaic: many cameras",
  choir: "Choir: many microphones",
};
const SIDES: Readonly<Record<Side, string>> = {
  "": "Everybody",
  left: "Left half",
  centre: "Centre",
  right: "Right half",
};
const NATURAL: Readonly<Record<Gathering, Wants>> = { solo: "both", mosaic: "camera", choir: "microphone" };

export class Calling extends DeskElement {
  static override properties: PropertyDeclarations = {
    gathering: { state: true },
    wants: { state: true },
    group: { state: true },
    straightOn: { state: true },
    isOut: { state: true },
  };

  static override styles = [
    look,
    css`
      :host { padding: 10px; display: grid; gap: 8px; border-bottom: 1px solid var(--line); }
      .whom { display: grid; gap: 6px; }
      .two { display: grid; grid-template-columns: 1fr 1fr; gap: 6px; }
      .rows { display: grid; grid-template-columns: auto 1fr auto 1fr; gap: 6px; align-items: center; }
      input[type="number"] {
        width: 100%; min-height: var(--target); padding: 6px 10px; border: 1px solid var(--line-strong);
        border-radius: var(--radius-small); background: var(--dark); color: var(--text);
      }
      .open { display: grid; gap: 8px; padding: 8px 10px; border-radius: 10px; background: var(--amber-soft); }
      .open b { color: var(--amber); }
      label.straight { display: flex; gap: 8px; align-items: center; min-height: var(--target); }
      label.straight input { width: 20px; height: 20px; accent-color: var(--amber); }
    `,
  ];

  declare gathering: Gathering;
  declare wants: Wants;
  declare group: Group;
  declare straightOn: boolean;
  /** The form takes room: it is folded away until one wants it. */
  declare isOut: boolean;

  constructor() {
    super();
    this.gathering = "solo";
    this.wants = "both";
    this.group = acts.EVERYBODY;
    this.straightOn = this.isOut = false;
  }

  override render(): TemplateResult {
    const { call } = this.desk.hub.things;
    return html`
      ${call?.isOpen ? this.#opened(call) : nothing}
      <button class="button" aria-expanded=${this.isOut} @click=${() => {
        this.isOut = !this.isOut;
      }}>${icon(this.isOut ? "up" : "plus")}Ask people to be live</button>
      ${this.isOut ? this.#form() : nothing}`;
  }

  #form(): TemplateResult {
    const { side, team, firstRow, lastRow } = this.group;
    const isEverybody = side === "" && team === "" && firstRow === 0 && lastRow === 0;
    return html`
      <div class="whom">
        ${choice("How many", this.gathering, GATHERINGS, (gathering) => {
          this.gathering = gathering;
          this.wants = NATURAL[gathering];
        })}
        ${choice("What of them", this.wants, WANTS_NAMES, (wants) => {
          this.wants = wants;
        })}
      </div>
      <div class="two">
        ${choice("From where", this.group.side, SIDES, (side) => this.#narrow({ side }))}
        <input type="text" aria-label="Team" placeholder="Any team" maxlength="40" .value=${this.group.team}
          @change=${(event: Event) => this.#narrow({ team: typed(event) })} />
      </div>
      <div class="rows"><span>Rows</span>${this.#row("First row", "firstRow")}<span>to</span>${this.#row("Last row", "lastRow")}</div>
      ${
        this.gathering === "solo"
          ? nothing
          : html`<label class="straight"><input type="checkbox" .checked=${this.straightOn} @change=${(
              event: Event,
            ) => {
              this.straightOn = event.target instanceof HTMLInputElement && event.target.checked;
            }} />Who joins a call goes straight on air, without a look before</label>`
      }
      <div class="row">${
        this.gathering === "solo"
          ? html`<button class="button grow" @click=${() => this.#draw()}>Draw one by lot</button>`
          : html`<button class="button grow" title="Whoever wants joins; phones ask where people sit" @click=${() => this.#open()}>Call them</button>`
      }<button class="button ${isEverybody ? "" : "primary"} grow" title="Each is asked by name, as many as there are places; the others stand in line"
          @click=${() => this.#invite()}>${isEverybody ? "Invite everybody" : "Invite them all"}</button></div>`;
  }

  #opened(call: CallView): TemplateResult {
    const where = [SIDES[call.group.side], call.group.team].filter((part) => part !== "").join(", ");
    return html`<div class="open" role="status"><span><b>${GATHERINGS[call.gathering]}</b> is open. ${where}${
      call.straightOn ? ", straight on air" : ""
    }</span>
      <button class="button" @click=${() => void this.desk.ask(acts.closeCall(call.callId), "Closing the call")}>Close it</button></div>`;
  }

  #row(label: string, which: "firstRow" | "lastRow"): TemplateResult {
    return html`<input type="number" min="0" max="999" aria-label=${label} placeholder="any"
      .value=${this.group[which] ? String(this.group[which]) : ""}
      @change=${(event: Event) => this.#narrow({ [which]: Math.min(999, Math.max(0, Math.round(Number(typed(event)) || 0))) })} />`;
  }

  #narrow(change: Partial<Group>): void {
    const group = { ...this.group, ...change };
    const { firstRow, lastRow } = group;
    const isTurned = lastRow > 0 && firstRow > lastRow; // from the third to the first is from the first to the third
    this.group = isTurned ? { ...group, firstRow: lastRow, lastRow: firstRow } : group;
  }

  #draw(): void {
    void this.desk.ask(acts.inviteAnyone(1, this.wants, "solo", this.group), "Drawing somebody");
  }

  async #invite(): Promise<void> {
    const ack = await this.desk.ask(acts.inviteGroup(this.wants, this.gathering, this.group), "Inviting them");
    if (ack.ok) this.desk.notices.good("Asked", `${ack.result}.`);
  }

  #open(): void {
    void this.desk.ask(acts.openCall(this.gathering, this.wants, this.group, this.straightOn), "Calling");
  }
}

function choice<Key extends string>(
  label: string,
  value: Key,
  options: Readonly<Record<Key, string>>,
  chosen: (key: Key) => void,
): TemplateResult {
  const keys = Object.keys(options) as Key[];
  return html`<select aria-label=${label} title=${label} @change=${(event: Event) => chosen(typed(event) as Key)}>
    ${keys.map((key) => html`<option value=${key} ?selected=${key === value}>${options[key]}</option>`)}</select>`;
}

function typed({ target }: Event): string {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.value : "";
}

customElements.define("hl-calling", Calling);
