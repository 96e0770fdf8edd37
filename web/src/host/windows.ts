/** `<hl-windows>`: what opens over the console: the list of keys, the join code for the hall, the question before a ban. */

import { css, html, nothing, type TemplateResult } from "lit";
import { DeskElement } from "./desk_element.ts";
import "./dialog.ts";
import { count } from "./formatting.ts";
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
      .ban { max-width: 440px; display: grid; gap: 18px; line-height: 1.5; }
      .ban .row { justify-content: flex-end; }
      .danger { background: #b3221a; border-color: #ff6a5c; color: #fff; }
      .danger:hover:not(:disabled) { background: #c92a20; }
    `,
  ];

  override render(): unknown {
    const { view } = this.desk;
    if (view.banning) return this.#ban(view.banning);
    if (view.keysShown) return this.#keys();
    return view.joinShown ? this.#join() : nothing;
  }

  get #close() {
    return () => this.desk.view.set({ keysShown: false, joinShown: false, banning: null });
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

  #ban(personId: string): TemplateResult {
    const name = this.desk.nameOf(personId);
    const pieces = this.desk.hub.things.people.get(personId)?.contributions ?? 0;
    const yes = () => {
      this.#close();
      void this.desk.ban(personId, true);
    };
    return html`<hl-dialog heading=${`Ban ${name}?`} @closed=${this.#close}><div class="ban">
      <p>This device can send no more, and its ${count(pieces, "piece")} leave the queue and the stage now. You can let it send again later; what left does not come back by itself.</p>
      <div class="row"><button class="button" @click=${this.#close}>Keep</button><button class="button danger"
          @click=${yes}>Ban ${name}</button></div></div></hl-dialog>`;
  }
}

customElements.define("hl-windows", Windows);
