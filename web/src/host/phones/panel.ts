/** `<hl-phones>`: the hall's phones as lights and speakers, and what the hall gives back; one of the left column's lists. */

import { css, html, type TemplateResult } from "lit";
import type { Id, PhoneDeed, Side, Tempo, Tone } from "../../wire.ts";
import { DeskElement } from "../desk_element.ts";
import { look } from "../look.ts";
import { cuePhones, groupOf, inTempo, leadToBeat, putReactions, tempoOf } from "./acts.ts";
import "./meters.ts";

const COLORS = [
  { color: "#ffb238", name: "Amber" },
  { color: "#6fb7ff", name: "Blue" },
  { color: "#57d38c", name: "Green" },
  { color: "#c77dff", name: "Violet" },
  { color: "#ff6f61", name: "Coral" },
  { color: "#ffffff", name: "White" },
] as const;
const SIDES: readonly { readonly side: Side; readonly name: string }[] = [
  { side: "", name: "Everybody" },
  { side: "left", name: "Left" },
  { side: "centre", name: "Centre" },
  { side: "right", name: "Right" },
];
const TONES: readonly { readonly tone: Tone; readonly name: string; readonly durationMs: number }[] = [
  { tone: "chime", name: "Chime", durationMs: 4000 },
  { tone: "pulse", name: "Pulse", durationMs: 8000 },
  { tone: "breath", name: "Breath", durationMs: 12_000 },
  { tone: "rain", name: "Rain", durationMs: 20_000 },
];

const LEAD_MS = 1500;
const OFF_LEAD_MS = 300;

export class Phones extends DeskElement {
  static override styles = [
    look,
    css`
      :host { min-height: 0; overflow-y: auto; padding: 12px 14px 14px; }
      section { display: grid; gap: 14px; }
      fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 6px; }
      legend { padding: 0 0 5px; color: var(--muted); font-size: 0.75rem; }
      fieldset .button { flex: 1 1 68px; }
      fieldset .color { border: 2px solid #0000; background: var(--color); flex: 1 1 48px; min-width: 48px; padding: 0; }
      .color:hover:not(:disabled) { background: var(--color); border-color: #fff; }
      .color[aria-pressed="true"] { background: var(--color); border-color: #fff; outline: 2px solid var(--dark); outline-offset: -5px; }
      form { display: flex; gap: 6px; }
      .off { min-height: 56px; font-size: 1rem; border-color: var(--line-strong); }
    `,
  ];

  #color: string = COLORS[0].color;
  #side: Side = "";
  #tempo: Tempo | null = null;
  #isInTempo = false;
  #deaf: (() => void) | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#deaf = this.desk.hub.on("reactions", (told) => {
      const before = this.#tempo;
      this.#tempo = tempoOf(told);
      if (Math.round(before?.bpm ?? 0) !== Math.round(this.#tempo?.bpm ?? 0)) this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#deaf?.();
  }

  protected override followed() {
    return [...super.followed(), this.desk.hub.things];
  }

  override render(): TemplateResult {
    return html`<section aria-label="Phones">
      <fieldset><legend>Who</legend>${SIDES.map(
        ({ side, name }) =>
          html`<button class="button" aria-pressed=${this.#side === side} @click=${() => this.#choose({ side })}>${name}</button>`,
      )}</fieldset>
      <fieldset><legend>Colour</legend>${COLORS.map(({ color, name }) => this.#swatch(color, name))}</fieldset>
      <button class="button" aria-pressed=${this.#isInTempo} ?disabled=${!this.#tempo && !this.#isInTempo}
        title="Light and sound begin on the beat that the hall taps, and last whole beats"
        @click=${() => this.#follow()}>In the hall's tempo${this.#tempo ? ` (${Math.round(this.#tempo.bpm)})` : ""}</button>
      <fieldset><legend>Light</legend>
        ${this.#deed("Wash", { type: "color_wash", color: this.#color, fadeMs: 600, holdMs: 6000 })}
        ${this.#deed("Wave across", { type: "wave", color: this.#color, across: "side", durationMs: 4000 })}
        ${this.#deed("Wave back", { type: "wave", color: this.#color, across: "rows", durationMs: 4000 })}
        ${this.#deed("Torch", { type: "torch", pattern: "slow", durationMs: 6000 })}
      </fieldset>
      <form @submit=${this.#words}>
        <input type="text" name="words" maxlength="200" aria-label="Words across the hall" placeholder="Words across the hall" />
        <button class="button">Show</button>
      </form>
      <fieldset><legend>Sound</legend>${TONES.map(({ tone, name, durationMs }) =>
        this.#deed(name, { type: "phone_sound", tone, durationMs }),
      )}</fieldset>
      <button class="button off" @click=${() => this.#cue("Phones off", { type: "off" })}>All phones off</button>
      <hl-reaction-meters .desk=${this.desk}></hl-reaction-meters>
      <button class="button stage" aria-pressed=${this.#staged !== null} @click=${() => this.#stage()}>Reactions on stage</button>
    </section>`;
  }

  #swatch(color: string, name: string): TemplateResult {
    return html`<button class="button color" aria-label=${name} title=${name} aria-pressed=${this.#color === color}
      .style=${`--color: ${color}`} @click=${() => this.#choose({ color })}></button>`;
  }

  #deed(name: string, what: PhoneDeed): TemplateResult {
    return html`<button class="button" @click=${() => this.#cue(name, what)}>${name}</button>`;
  }

  #choose(choice: { readonly color?: string; readonly side?: Side }): void {
    this.#color = choice.color ?? this.#color;
    this.#side = choice.side ?? this.#side;
    this.requestUpdate();
  }

  /** Off is heard at once by everybody, whoever is chosen. */
  #cue(name: string, what: PhoneDeed): void {
    if (what.type === "off") {
      void this.desk.ask(cuePhones(what, groupOf(""), OFF_LEAD_MS), name);
      return;
    }
    const tempo = this.#isInTempo ? this.#tempo : null;
    const deed = tempo ? inTempo(what, tempo.bpm) : what;
    const leadMs = tempo ? leadToBeat(tempo, this.desk.nowUs, LEAD_MS) : LEAD_MS;
    void this.desk.ask(cuePhones(deed, groupOf(this.#side), leadMs), name);
  }

  /** It stays chosen while the hall loses the beat: cues are free then, and on the beat again when it is back. */
  #follow(): void {
    this.#isInTempo = !this.#isInTempo;
    this.requestUpdate();
  }

  readonly #words = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = String(new FormData(form).get("words")).trim();
    if (!text) return;
    this.#cue("Words on phones", { type: "words", text, color: this.#color, holdMs: 8000 });
    form.reset();
  };

  /** The layer that shows what the hall gives back; null: none does. */
  get #staged(): Id | null {
    const layers = this.desk.hub.things.stage?.scene.layers ?? [];
    return layers.find(({ source, fade }) => source.type === "reactions_source" && fade.end > 0)?.layerId ?? null;
  }

  #stage(): void {
    const layerId = this.#staged;
    void this.desk.cue(layerId ? { type: "remove", layerIds: [layerId] } : putReactions(), "Reactions on stage");
  }
}

customElements.define("hl-phones", Phones);
