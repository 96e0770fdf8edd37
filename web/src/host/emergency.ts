/** `<hl-emergency>`: PANIC and BLACKOUT, always in the same place, always large. */

import { css, html, type TemplateResult } from "lit";
import { DeskElement } from "./desk_element.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";

export class Emergency extends DeskElement {
  static override styles = [
    look,
    css`
      :host { display: flex; gap: 8px; }
      button {
        min-width: 128px; height: 48px; padding: 0 14px; border-radius: 12px; display: flex;
        align-items: center; justify-content: center; gap: 8px; font-size: 1rem; font-weight: 800;
        letter-spacing: 0.05em;
      }
      .blackout { background: #000; color: var(--text); border: 2px solid var(--line-strong); }
      .blackout:hover { border-color: var(--text); }
      .panic { background: #b3221a; color: #fff; border: 2px solid #ff6a5c; min-width: 148px; }
      .panic:not([aria-pressed="true"]):hover { background: #c92a20; }
      button[aria-pressed="true"] {
        background: var(--text); color: #000; border-color: var(--text);
        animation: pulse 1.2s ease-in-out infinite;
      }
      @keyframes pulse { 50% { box-shadow: 0 0 0 5px #f6efe63d; } }
      @media (prefers-reduced-motion: reduce) { button { animation: none !important; } }
      @media (max-width: 1200px) { button { min-width: 0; padding: 0 12px; } .panic { min-width: 112px; } }
      @media (max-width: 760px) { button { flex: 1; } kbd { display: none; } }
    `,
  ];

  override render(): TemplateResult {
    const { desk } = this;
    return html`
      <button class="blackout" aria-pressed=${desk.isBlackout}
          title="Black and silent from the next picture on; again: back"
          @click=${() => desk.blackout()}>${desk.isBlackout ? "LIGHTS BACK" : "BLACKOUT"}<kbd
          aria-hidden="true">${keyOf("blackout")}</kbd></button>
      <button class="panic" aria-pressed=${desk.isPanic} title="Fade to the slate, silence; again: back to the scene"
          @click=${() => desk.panic()}>${desk.isPanic ? "END PANIC" : "PANIC"}<kbd
          aria-hidden="true">${keyOf("panic")}</kbd></button>`;
  }
}

customElements.define("hl-emergency", Emergency);
