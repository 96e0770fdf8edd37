/** `<hl-notice-list>`: the notices, bottom left, read out by screen readers. */

import { css, html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { DeskElement } from "./desk_element.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";

export class NoticeList extends DeskElement {
  static override styles = [
    look,
    css`
      :host { position: fixed; left: 16px; bottom: 16px; width: min(400px, 92vw); z-index: 20; pointer-events: none; }
      ul { display: grid; gap: 8px; }
      li {
        display: flex; gap: 12px; align-items: center; padding: 10px 8px 10px 16px; border-radius: 12px;
        background: #2f2622; border: 1px solid var(--line-strong); border-left: 5px solid var(--good);
        box-shadow: 0 8px 30px #000000a6; pointer-events: auto;
      }
      li.trouble { border-left-color: var(--live); }
      b { display: block; }
    `,
  ];

  protected override followed() {
    return [this.desk.notices];
  }

  override render(): TemplateResult {
    const { notices } = this.desk;
    return html`<div role="log" aria-live="polite" aria-label="Notices"><ul>
      ${repeat(
        notices.list,
        ({ id }) => id,
        ({ id, tone, title, text, undo }) => html`<li class=${tone}><div class="grow"><b>${title}</b>${text}</div>
        ${undo ? html`<button class="button primary" @click=${() => notices.undo(id)}>Undo<kbd aria-hidden="true">${keyOf("undo")}</kbd></button>` : nothing}
        <button class="button square small quiet" aria-label="Close the notice"
            @click=${() => notices.close(id)}>${icon("cross")}</button></li>`,
      )}
    </ul></div>`;
  }
}

customElements.define("hl-notice-list", NoticeList);
