/** `<hl-windows>`: what opens over the console: the list of keys, the join code for the hall. */

import { css, html, nothing, type TemplateResult } from "lit";
import { DeskElement } from "./desk_element.ts";
import "./dialog.ts";
import { BINDINGS, type Binding, sign } from "./keys.ts";
import "./links.ts";
import { look } from "./look.ts";

const GROUPS: readonly Binding["group"][] = ["Emergency", "Piece", "Queue", "Stage", "Elsewhere"];

export class Windows extends DeskElement {
  static override styles = [
    look,
    css`
      .keys { columns: 2; column-gap: 36px; }
      .keys section { break-inside: avoid; padding-bottom: 14px; }
      .keys h3 {
        font-size: 0.75rem; letter-spacing: 0.09em; text-transform: uppercase; color: var(--amber);
        padding-bottom: 4px;
      }
      .keys div { display: flex; gap: 12px; padding: 3px 0; align-items: baseline; }
      .keys dt { min-width: 92px; display: flex; gap: 4px; flex: none; }
      .join { display: grid; justify-items: center; gap: 12px; text-align: center; }
      .join img { width: min(46vh, 420px); height: min(46vh, 420px); background: #fff; padding: 14px; border-radius: 14px; }
      .join b { font-size: 3rem; letter-spacing: 0.16em; line-height: 1; color: var(--amber); }
      .join span { font-size: 1.25rem; overflow-wrap: anywhere; }
    `,
  ];

  override render(): unknown {
    const { view } = this.desk;
    if (view.keysShown) return this.#keys();
    return view.joinShown ? this.#join() : nothing;
  }

  get #close() {
    return () => this.desk.view.set({ keysShown: false, joinShown: false });
  }

  #keys(): TemplateResult {
    const mine = BINDINGS.filter(({ host }) => this.desk.isHost || !host);
    return html`<hl-dialog heading="Keys" @closed=${this.#close}><div class="keys">
      ${GROUPS.map((group) => {
        const bindings = mine.filter((binding) => binding.group === group);
        if (bindings.length === 0) return nothing;
        return html`<section><h3>${group}</h3><dl>${bindings.map(({ keys, does }) => html`<div><dt>${keys.map((key) => html`<kbd>${sign(key)}</kbd>`)}</dt><dd>${does}</dd></div>`)}</dl></section>`;
      })}</div></hl-dialog>`;
  }

  #join(): TemplateResult {
    const welcome = this.desk.hub.welcome;
    return html`<hl-dialog heading="Join the show" @closed=${this.#close}><div class="join">
      <img src="/qr.svg" alt="The address of the show as a QR code" /><b>${welcome?.code ?? ""}</b><span>${welcome?.joinUrl ?? ""}</span></div>
      ${this.desk.isHost ? html`<hl-links .desk=${this.desk}></hl-links>` : nothing}</hl-dialog>`;
  }
}

customElements.define("hl-windows", Windows);
