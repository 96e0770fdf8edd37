/** `<hl-strip-row>`: one sound on stage: gain, mute, pan, meter, and the equaliser behind a button. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Equaliser, Following, SetStrip, Strip } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { gainToTravel, travelToGain } from "./fader.ts";
import "./fader_control.ts";
import { saying } from "./following/followed.ts";
import "./following/following.ts";
import { decibels, pan } from "./formatting.ts";
import { icon } from "./icons.ts";
import "./knob.ts";
import { look } from "./look.ts";
import "./meter.ts";
import { contributionOf, titleOf } from "./on_stage.ts";

const FLAT: Equaliser = { lowCutHz: 0, bassDb: 0, midDb: 0, trebleDb: 0 };
const BANDS = [
  { band: "bassDb", name: "Bass", label: "Bass, 120 Hz" },
  { band: "midDb", name: "Mid", label: "Middle, 1 kHz" },
  { band: "trebleDb", name: "Treble", label: "Treble, 6 kHz" },
] as const;

const shortDb = (db: number): string => (db === 0 ? "0" : `${db > 0 ? "+" : "−"}${Math.abs(db)}`);
const lowCut = (hz: number): string => (hz < 10 ? "off" : `${Math.round(hz)} Hz`);
const side = (value: number): string =>
  Math.abs(value) < 0.01 ? "C" : `${value < 0 ? "L" : "R"}${Math.round(Math.abs(value) * 100)}`;

export class StripRow extends DeskElement {
  static override properties: PropertyDeclarations = {
    strip: { attribute: false },
    equalising: { state: true },
    choosing: { state: true },
  };

  static override styles = [
    look,
    css`
      :host { border-radius: 11px; background: var(--raised); padding: 6px 8px; }
      .strip { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 8px; align-items: center; }
      .muted-strip hl-meter { opacity: 0.4; }
      .muted-strip .db { color: var(--muted); }
      .title { font-weight: 600; }
      .deeds { display: flex; gap: 4px; }
      .mute[aria-pressed="true"] { background: var(--live-soft); border-color: var(--live); color: #ff8a7f; }
      .db { justify-self: end; text-align: right; font-variant-numeric: tabular-nums; }
      hl-meter { grid-column: 1 / -1; margin-bottom: 2px; }
      hl-knob { flex: none; }
      hl-following { padding-top: 4px; }
      .eq { display: flex; justify-content: space-between; padding-top: 6px; }
    `,
  ];

  declare strip: Strip;
  declare equalising: boolean;
  /** What it follows is open to be chosen. */
  declare choosing: boolean;

  constructor() {
    super();
    this.equalising = false;
    this.choosing = false;
  }

  protected override followed() {
    return [...super.followed(), this.desk.meters];
  }

  override shouldUpdate(): boolean {
    this.#meter();
    return true;
  }

  override render(): TemplateResult {
    const { strip, desk } = this;
    const piece = desk.piece(contributionOf(strip.source));
    const title = titleOf(strip, piece, desk.whoseIs(strip));
    const shaped = JSON.stringify(strip.equaliser) !== JSON.stringify(FLAT);
    return html`
      <div class="strip ${strip.mute ? "muted-strip" : ""}">
        <div class="title cut" dir="auto">${title}</div>
        <div class="deeds">
          <button class="button small square" aria-expanded=${this.choosing} aria-pressed=${strip.follows !== null}
              aria-label=${`${saying(strip.follows)}, ${title}`} title=${saying(strip.follows)} @click=${() => {
                this.choosing = !this.choosing;
              }}>${icon("pulse")}</button>
          <button class="button small" aria-expanded=${this.equalising} aria-label=${`EQ: pan and equaliser of ${title}`}
              aria-pressed=${shaped} @click=${() => {
                this.equalising = !this.equalising;
              }}>EQ</button>
          <button class="button small mute" aria-pressed=${strip.mute} aria-label=${`Mute ${title}`}
              @click=${() => this.#set({ mute: !strip.mute })}>${icon(strip.mute ? "soundOff" : "sound")}Mute</button>
        </div>
        <hl-fader label=${`Gain of ${title}`} .value=${gainToTravel(strip.gainDb)} .home=${gainToTravel(0)}
            .say=${(travel: number) => decibels(travelToGain(travel))}
          @fade=${(event: CustomEvent<number>) => this.#set({ gainDb: travelToGain(event.detail) })}></hl-fader>
        <span class="db">${decibels(strip.gainDb)}</span>
        <hl-meter label=${`Level of ${title}`}></hl-meter>
      </div>
      ${
        this.choosing
          ? html`<hl-following sounds .desk=${desk} of=${title} .how=${strip.follows} @follow=${this.#follow}></hl-following>`
          : nothing
      }
      ${this.equalising ? this.#equaliser(strip.equaliser) : nothing}`;
  }

  #equaliser(equaliser: Equaliser): TemplateResult {
    const shape = (change: Partial<Equaliser>) => this.#set({ equaliser: { ...equaliser, ...change } });
    return html`<div class="eq">
      <hl-knob name="Pan" label="Pan" .min=${-1} .max=${1} .home=${0} .step=${0.05} .value=${this.strip.pan}
          .say=${(value: number) => side(value)} title=${pan(this.strip.pan)}
          @turn=${(event: CustomEvent<number>) => this.#set({ pan: event.detail })}></hl-knob>
      <hl-knob name="Low cut" label="Low cut" .min=${0} .max=${400} .home=${0} .step=${10}
          .value=${Math.min(400, equaliser.lowCutHz)} .say=${lowCut}
          @turn=${(event: CustomEvent<number>) => shape({ lowCutHz: event.detail })}></hl-knob>
      ${BANDS.map(
        ({ band, name, label }) => html`<hl-knob name=${name} label=${label} .min=${-24} .max=${12} .home=${0}
          .step=${1} .value=${equaliser[band]} .say=${shortDb}
          @turn=${(event: CustomEvent<number>) => shape({ [band]: event.detail })}></hl-knob>`,
      )}
    </div>`;
  }

  #follow(event: CustomEvent<Following | null>): void {
    const how = event.detail;
    this.#set(how ? { follows: { control: how.control, depth: how.depth } } : { steady: true });
  }

  #meter(): void {
    const { levels } = this.desk.meters;
    const db = levels?.strips[this.strip.stripId] ?? -120;
    this.renderRoot.querySelector("hl-meter")?.show(db, performance.now());
  }

  #set(change: Partial<SetStrip>): void {
    void this.desk.cue({ type: "set_strip", stripId: this.strip.stripId, ...change }, "Changing the sound");
  }
}

customElements.define("hl-strip-row", StripRow);
