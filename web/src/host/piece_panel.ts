/** `<hl-piece-panel>`: the piece under the cursor, large, with everything that can be done with it and the key for each. */

import { css, html, nothing, type TemplateResult } from "lit";
import type { ContributionView, Id } from "../wire.ts";
import { isFirst } from "./clicks.ts";
import { badgeLook, consentBadges } from "./consent_badges.ts";
import { DeskElement } from "./desk_element.ts";
import { count, duration, KIND_NAMES, loudness, wallTime } from "./formatting.ts";
import { type IconName, icon } from "./icons.ts";
import { type Command, keyOf } from "./keys.ts";
import { look } from "./look.ts";
import { canStage } from "./piece_row.ts";
import "./preview.ts";
import { durationUs, EVERYTHING, loudnessOf } from "./queue.ts";

export class PiecePanel extends DeskElement {
  static override styles = [
    look,
    badgeLook,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; }
      .body {
        flex: 1; min-height: 0; padding: 10px; display: flex; flex-direction: column; gap: 8px;
        overflow-y: auto; scrollbar-width: thin; scrollbar-color: var(--line-strong) transparent;
      }
      hl-preview { flex: 1 1 170px; min-height: 112px; }
      .who { font-size: 1.0625rem; font-weight: 650; }
      .deeds { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 6px; }
      .deeds .button { padding: 0 8px; justify-content: flex-start; gap: 5px; }
      .deeds kbd { margin-left: auto; }
      .deeds .wide { grid-column: 1 / -1; justify-content: center; font-size: 1rem; }
      .deeds .wide kbd { margin-left: 6px; }
      .deeds .approved[aria-pressed="true"] { color: var(--good); border-color: var(--good); background: var(--good-soft); }
      .deeds .held[aria-pressed="true"] { color: var(--info); border-color: var(--info); background: var(--info-soft); }
      .deeds .rejected[aria-pressed="true"] { color: #ff8a7f; border-color: var(--live); background: var(--live-soft); }
      .family { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
      .badges { flex-wrap: wrap; }
    `,
  ];

  override render(): TemplateResult {
    const { desk } = this;
    const piece = desk.piece(desk.view.cursor);
    const marked = desk.view.marked.size;
    if (!piece) return html`<p class="empty">The piece you choose in the queue shows here.</p>`;
    return html`
      <div class="body">
        <hl-preview .desk=${desk} .piece=${piece}></hl-preview>
        ${
          marked > 1
            ? html`<p
            class="badge amber" role="status">${count(marked, "piece")} marked: the keys and buttons act on all of them</p>`
            : this.#about(piece)
        }
        ${this.#deeds(piece, marked)}
      </div>`;
  }

  togglePlay(): void {
    this.renderRoot.querySelector("hl-preview")?.toggle();
  }

  #about(piece: ContributionView): TemplateResult {
    const openedAtS = this.desk.hub.welcome?.openedAtS ?? 0;
    const facts = [KIND_NAMES[piece.kind], wallTime(piece.atUs, openedAtS)];
    if (durationUs(piece) > 0) facts.push(duration(durationUs(piece)));
    if (loudnessOf(piece) !== null) facts.push(loudness(loudnessOf(piece)));
    const prompt = piece.promptId ? this.desk.prompts.get(piece.promptId) : undefined;
    return html`
      <div>
        <div class="row"><span class="who cut" dir="auto">${this.desk.nameOf(piece.personId)}</span><span
            class="muted number cut">${facts.join(" · ")}</span></div>
        ${prompt ? html`<p class="muted cut" dir="auto" title=${prompt}>answers “${prompt}”</p>` : nothing}
      </div>
      <div class="badges">${consentBadges(piece.consent)}${
        piece.shared
          ? html`<span
          class="badge good">Shared for remix</span>`
          : nothing
      }</div>
      ${this.#family(piece)}`;
  }

  /** Parents and remixes, each a way to that piece. */
  #family(piece: ContributionView): unknown {
    const link = (id: Id) => {
      const other = this.desk.piece(id);
      const name = other ? this.desk.nameOf(other.personId) : "a piece that left";
      return html`<button class="button small" ?disabled=${!other}
          @click=${() => this.#go(id)}>${icon("branch")}${name}</button>`;
    };
    const children = this.desk.children(piece.contributionId);
    if (piece.parents.length === 0 && children.length === 0) return nothing;
    return html`<div class="family">
      ${piece.parents.length > 0 ? html`<span class="muted">Remix of</span>${piece.parents.map(link)}` : nothing}
      ${
        children.length > 0
          ? html`<span
          class="muted">Remixed by</span>${children.map((child) => link(child.contributionId))}`
          : nothing
      }
    </div>`;
  }

  #deeds(piece: ContributionView, marked: number): TemplateResult {
    const { desk } = this;
    const ids = desk.chosen;
    const one = marked <= 1;
    const usable = !one || piece.state !== "failed";
    const banned = desk.hub.things.people.get(piece.personId)?.banned ?? false;
    const stage = piece.verdict === "approved" ? "Put on stage" : "Approve and put on stage";
    return html`
      <div class="deeds">
        ${
          desk.isHost && one
            ? html`<button class="button primary wide" ?disabled=${!canStage(piece)}
                @click=${() => void desk.stage(piece.contributionId)}>
            ${icon("stage")}${piece.consent.stage ? stage : "Not allowed on stage"}<kbd
                aria-hidden="true">${keyOf("stage")}</kbd></button>`
            : nothing
        }
        ${this.#deed("approve", "check", "Approve", () => desk.judge(ids, "approved"), { set: one && piece.verdict === "approved", css: "approved", disabled: !usable })}
        ${this.#deed("hold", "hold", "Hold", () => desk.judge(ids, "held"), { set: one && piece.verdict === "held", css: "held", disabled: !usable })}
        ${this.#deed("reject", "cross", "Reject", () => desk.judge(ids, "rejected"), { set: one && piece.verdict === "rejected", css: "rejected" })}
        ${this.#deed("retract", "retract", "Retract", () => desk.retract(ids))}
        ${desk.isHost && one ? this.#deed("share", "share", piece.shared ? "Unshare" : "Share", () => desk.share(piece.contributionId, !piece.shared), { set: piece.shared }) : nothing}
        ${one ? this.#deed("ban", "ban", banned ? "Unban" : "Ban", (event) => isFirst(event) && desk.ban(piece.personId, !banned)) : nothing}
      </div>`;
  }

  #deed(
    command: Command,
    sign: IconName,
    name: string,
    deed: (event: MouseEvent) => unknown,
    more: { set?: boolean; css?: string; disabled?: boolean } = {},
  ): TemplateResult {
    return html`<button class="button ${more.css ?? ""}" aria-pressed=${more.set ?? nothing} ?disabled=${more.disabled ?? false}
        @click=${deed}>${icon(sign)}${name}<kbd aria-hidden="true">${keyOf(command)}</kbd></button>`;
  }

  #go(id: Id): void {
    const { view } = this.desk;
    const isListed = this.desk.list.some((piece) => piece.contributionId === id);
    view.set({ cursor: id, marked: new Set(), ...(isListed ? {} : { filter: EVERYTHING }) });
  }
}

customElements.define("hl-piece-panel", PiecePanel);
declare global {
  interface HTMLElementTagNameMap {
    "hl-piece-panel": PiecePanel;
  }
}
