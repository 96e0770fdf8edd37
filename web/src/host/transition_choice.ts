/** `<hl-transition-choice>`: how the next piece comes on stage: joins, cuts, crossfades, and how long that takes. */

import { css, html, type TemplateResult } from "lit";
import type { Transition } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";

const TRANSITIONS: readonly { readonly transition: Transition; readonly name: string; readonly title: string }[] = [
  { transition: "add", name: "Add", title: "Joins what is on stage" },
  { transition: "cut", name: "Cut", title: "Replaces what is on stage at once" },
  { transition: "crossfade", name: "Crossfade", title: "Replaces what is on stage over the fade time" },
];
const FADES_MS = [0, 200, 400, 600, 1000, 1500, 2000, 3000, 5000, 8000];

export class TransitionChoice extends DeskElement {
  static override styles = [
    look,
    css`
      :host { display: flex; align-items: center; gap: 6px; }
      .choice { display: flex; }
      .choice .button { border-radius: 0; margin-left: -1px; }
      .choice .button:first-child { border-radius: var(--radius-small) 0 0 var(--radius-small); }
      .choice .button:last-child { border-radius: 0 var(--radius-small) var(--radius-small) 0; }
      .choice .button[aria-pressed="true"] { z-index: 1; }
      select { width: 88px; border-color: var(--line); background-color: var(--raised); }
      @media (max-width: 1200px) { kbd { display: none; } .choice .button { padding: 0 8px; } select { width: 80px; padding-left: 8px; } }
    `,
  ];

  override render(): TemplateResult {
    const { view } = this.desk;
    return html`
      <div class="choice" role="group" aria-label="Transition">
        ${TRANSITIONS.map(
          ({ transition, name, title }) => html`<button class="button"
            aria-pressed=${view.transition === transition} title=${title}
            @click=${() => view.set({ transition })}>${name}<kbd aria-hidden="true">${keyOf(transition)}</kbd></button>`,
        )}
      </div>
      <select aria-label="Fade time" title="Fade time" ?disabled=${view.transition === "cut"} @change=${this.#fade}>
        ${FADES_MS.map(
          (ms) => html`<option value=${ms}
            ?selected=${ms === view.fadeMs}>${(ms / 1000).toFixed(1)} s</option>`,
        )}
      </select>`;
  }

  #fade(event: Event): void {
    if (event.target instanceof HTMLSelectElement) this.desk.view.set({ fadeMs: Number(event.target.value) });
  }
}

customElements.define("hl-transition-choice", TransitionChoice);
