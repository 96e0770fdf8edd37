/** `<hl-strips>`: everything that sounds, and the master below it. */

import { css, html, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { DeskElement } from "./desk_element.ts";
import { look } from "./look.ts";
import "./master.ts";
import { present } from "./on_stage.ts";
import "./strip_row.ts";

export class Strips extends DeskElement {
  static override styles = [
    look,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      ul {
        flex: 1; min-height: 0; overflow-y: auto; padding: 0 8px 8px; display: grid; gap: 6px;
        align-content: start; scrollbar-width: thin; scrollbar-color: var(--line-strong) transparent;
      }
      hl-master { border-top: 1px solid var(--line); }
    `,
  ];

  override render(): TemplateResult {
    const scene = this.desk.hub.things.stage?.scene;
    const picture = scene ? this.desk.meters.picture(performance.now(), scene.picturesPerSecond) : null;
    const strips = present(scene?.strips ?? [], picture);
    return html`
      <div class="head"><h2>Sound</h2></div>
      ${
        strips.length === 0
          ? html`<p class="empty grow">Nothing sounds.</p>`
          : html`
        <ul aria-label="Sounds on stage">
          ${repeat(
            strips,
            (strip) => strip.stripId,
            (strip) => html`<li><hl-strip-row .desk=${this.desk} .strip=${strip}></hl-strip-row></li>`,
          )}
        </ul>`
      }
      <hl-master .desk=${this.desk}></hl-master>`;
  }
}

customElements.define("hl-strips", Strips);
