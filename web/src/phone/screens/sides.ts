// Left, centre or right, as large radio buttons; `class="sides"` on what they lie in.
import { html, type TemplateResult } from "lit";
import type { Side } from "../../wire.ts";

const SIDES: readonly { readonly side: Side; readonly label: string }[] = [
  { side: "left", label: "Left" },
  { side: "centre", label: "Centre" },
  { side: "right", label: "Right" },
];

/** One of them has to be chosen; with `told`, what was told is, and it can be taken back. */
export function sideRadios(told: Side | null = null): readonly TemplateResult[] {
  const choices = told === null ? SIDES : [...SIDES, { side: "" as const, label: "Not said" }];
  return choices.map(
    ({ side, label }) =>
      html`<label ?data-none=${!side}><input type="radio" name="side" value=${side} required .checked=${side === told} />${label}</label>`,
  );
}
