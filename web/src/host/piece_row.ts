/** `<hl-piece-row>`: one piece in the queue. Renders and calls; which piece it is, the list decides as it scrolls. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { ContributionView, Verdict } from "../wire.ts";
import { badgeLook, consentBadges } from "./consent_badges.ts";
import { DeskElement } from "./desk_element.ts";
import { ago, duration, KIND_NAMES, loudness, wallTime } from "./formatting.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";
import { durationUs, loudnessOf } from "./queue.ts";
import { thumbnail, thumbnailLook } from "./thumbnail.ts";

export const ROW_HEIGHT_PX = 102;

export class PieceRow extends DeskElement {
  static override properties: PropertyDeclarations = {
    piece: { attribute: false },
    cursor: { type: Boolean, reflect: true },
    marked: { type: Boolean, reflect: true },
  };

  static override styles = [
    look,
    badgeLook,
    thumbnailLook,
    css`
      :host {
        display: grid; grid-template-columns: 4px 92px minmax(0, 1fr) 84px; gap: 0 8px;
        align-items: center; height: 96px; padding: 5px 6px 5px 0; margin: 3px 6px; border-radius: 11px;
        border: 1px solid transparent; background: var(--raised); cursor: pointer;
        content-visibility: auto;
      }
      :host(:hover) { border-color: var(--line-strong); }
      :host([marked]) { background: #3a2d17; }
      :host([cursor]) { border-color: var(--amber); box-shadow: inset 0 0 0 1px var(--amber); }
      .side { align-self: stretch; border-radius: 0 3px 3px 0; background: var(--line); margin: 5px 0; }
      .side.approved {
        background: var(--good); } .side.held { background: var(--info);
        } .side.rejected { background: var(--live); } .side.onstage { background: var(--amber);
      }
      .thumb { width: 92px; height: 68px; }
      .info { display: grid; grid-template-columns: minmax(0, 1fr); gap: 3px; min-width: 0; }
      /* One line: a badge that has no room is not there, rather than cut. */
      .badges { overflow: hidden; flex-wrap: wrap; height: 20px; }
      .reason { font-size: 0.75rem; line-height: 1.25; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
      .reason::first-letter { text-transform: uppercase; }
      .name { font-weight: 650; font-size: 0.9375rem; text-align: left; }
      .deeds { display: grid; grid-template-columns: 40px 40px; gap: 4px; }
      .deeds button {
        width: 40px; height: 40px; display: grid; place-items: center; border: 0; border-radius: 9px;
        background: transparent; color: var(--muted);
      }
      .deeds button:hover:not(:disabled) { background: #ffffff14; color: var(--text); }
      .deeds .stage { color: var(--amber); }
      .deeds .ok.set { color: var(--good); } .deeds .wait.set { color: var(--info); } .deeds .no.set { color: var(--live); }
      @media (max-width: 1200px) {
        :host { grid-template-columns: 4px 56px minmax(0, 1fr) 84px; gap: 0 7px; }
        .thumb { width: 56px; height: 60px; }
      }
    `,
  ];

  declare piece: ContributionView;
  declare cursor: boolean;
  declare marked: boolean;

  constructor() {
    super();
    this.cursor = false;
    this.marked = false;
  }

  /** The list hands it everything it renders from. */
  protected override followed() {
    return [];
  }

  override render(): TemplateResult {
    const { piece } = this;
    const name = this.desk.nameOf(piece.personId);
    return html`
      <span class="side ${piece.onStage ? "onstage" : piece.verdict}"></span>
      <div role="gridcell">${thumbnail(piece)}</div>
      <div role="gridcell" class="info">
        <div class="row"><span class="name cut grow" dir="auto">${name}</span>${this.#when()}</div>
        <div class="muted ${piece.reason ? "reason" : "cut"}" dir="auto" title=${piece.reason || nothing}>${this.#about()}</div>
        <div class="badges">${this.#state()}${consentBadges(piece.consent)}</div>
      </div>
      <div role="gridcell" class="deeds">${this.#deeds(name)}</div>`;
  }

  #when(): TemplateResult {
    const { hub } = this.desk;
    const at = wallTime(this.piece.atUs, hub.welcome?.openedAtS ?? 0);
    return html`<span class="muted number" title=${`Came at ${at}`}>${ago(this.desk.nowUs - this.piece.atUs)}</span>`;
  }

  #about(): string {
    const { piece } = this;
    if (piece.state === "failed") return piece.reason;
    if (piece.kind === "text") return piece.text;
    const parts = [KIND_NAMES[piece.kind]];
    if (durationUs(piece) > 0) parts.push(duration(durationUs(piece)));
    if (loudnessOf(piece) !== null) parts.push(loudness(loudnessOf(piece)));
    return parts.join(" · ");
  }

  #state(): unknown {
    const { piece } = this;
    if (piece.state === "failed")
      return html`<span class="badge stop" title=${piece.reason}>${KIND_NAMES[piece.kind]}: can’t be used</span>`;
    if (piece.state === "preparing") return html`<span class="badge amber">Preparing…</span>`;
    if (piece.onStage) return html`<span class="badge amber">On stage</span>`;
    const remix = piece.parents.length > 0 ? html`<span class="badge info">Remix</span>` : nothing;
    const shared = piece.shared ? html`<span class="badge good">Shared</span>` : nothing;
    return html`${remix}${shared}`;
  }

  #deeds(name: string): unknown {
    const { desk, piece } = this;
    const id = piece.contributionId;
    const verdict = (to: Verdict, css: string, sign: "check" | "hold" | "cross", what: string, key: string) => html`
      <button tabindex="-1" class="${css} ${piece.verdict === to ? "set" : ""}" aria-label=${`${what}: ${name}`}
          title=${`${what} (${key})`}
        @click=${(event: Event) => this.#do(event, () => void desk.judge([id], to))}>${icon(sign)}</button>`;
    const reject = verdict("rejected", "no", "cross", "Reject", keyOf("reject"));
    if (piece.state === "failed") return html`<span></span>${reject}`;
    const stage = desk.isHost
      ? html`<button tabindex="-1" class="stage" aria-label=${`Put on stage: ${name}`}
          title=${`Put on stage (${keyOf("stage")})`}
          ?disabled=${!canStage(piece)}
              @click=${(event: Event) => this.#do(event, () => void desk.stage(id))}>${icon("stage")}</button>`
      : nothing;
    return html`
      ${verdict("approved", "ok", "check", "Approve", keyOf("approve"))}${stage}
      ${verdict("held", "wait", "hold", "Hold", keyOf("hold"))}${reject}`;
  }

  #do(event: Event, deed: () => void): void {
    event.stopPropagation();
    deed();
  }
}

export function canStage(piece: ContributionView): boolean {
  return piece.state === "ready" && piece.consent.stage;
}

customElements.define("hl-piece-row", PieceRow);
