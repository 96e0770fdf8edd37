// This phone's pieces as a list of cards: what is on stage now, then newest first what is on its way, arrived, known to the hub.
import { html, nothing, type TemplateResult } from "lit";
import { timeOfDay } from "../../shared/time.ts";
import type { MyStreamView } from "../../wire.ts";
import { WORDS } from "../kinds.ts";
import type { Services } from "../services.ts";
import { type Card, cardOfArrived, cardOfDraft, cardOfMine, cardOfPiece } from "../standing.ts";
import { icon } from "./icons.ts";

/** Every piece once; the hub's word counts most. */
export function cardsOf({ hub, outbox, drafts, person }: Services): readonly Card[] {
  const { mine } = hub.things;
  const openedAtS = hub.welcome?.openedAtS ?? 0;
  const told = [...mine.values()].sort((a, b) => b.atUs - a.atUs).map((one) => cardOfMine(one, openedAtS));
  const isNews = (piece: { contributionId: string }) => !mine.has(piece.contributionId);
  const arrived = outbox.arrived.filter(isNews).map(cardOfArrived);
  const kept = outbox.pieces
    .filter(isNews)
    .map((piece) =>
      cardOfPiece(
        piece,
        outbox.bytesSent(piece.contributionId),
        hub.line === "away",
        outbox.isStranger(piece),
        outbox.isPaused,
      ),
    );
  const isHere = new Set([...arrived, ...kept].map((card) => card.id));
  const unsent = drafts.all
    .filter((draft) => isNews(draft) && !isHere.has(draft.contributionId))
    .map((draft) => cardOfDraft(draft, person.consent));
  const live = told.filter((card) => card.tone === "live");
  return [
    ...live,
    ...unsent.reverse(),
    ...kept.reverse(),
    ...arrived.reverse(),
    ...told.filter((card) => card.tone !== "live"),
  ];
}

type Shown = Omit<Card, "consent" | "isKeptHere" | "canWithdraw">;

export function cardView(card: Shown, opened: () => void): TemplateResult {
  const noun = WORDS[card.kind].noun;
  return html`
    <li>
      <button type="button" class="card" data-tone=${card.tone} data-status=${card.status} data-id=${card.id} @click=${opened}>
        <span class="thumb" data-kind=${card.kind}>
          ${card.thumbnailKey ? html`<img src=${`/media/${card.thumbnailKey}`} alt="" loading="lazy" />` : icon(card.kind)}
        </span>
        <span class="card-words">
          <span class="card-title" dir="auto">${card.text || `Your ${noun}`}${card.isRemix ? html`<span class="tag">${icon("remix")}remix</span>` : nothing}</span>
          <span class="status">${card.status}</span>
          ${card.detail ? html`<span class="detail">${card.detail}</span>` : nothing}
          ${card.fraction !== null ? html`<progress max="1" .value=${card.fraction} aria-label=${`Sending your ${noun}`}></progress>` : nothing}
        </span>
      </button>
    </li>
  `;
}

/** What its owner was live with, once it is over. It is kept for the show's film until it is taken back. */
export function streamView(
  { streamId, sinceUs }: MyStreamView,
  openedAtS: number,
  takeBack: () => void,
): TemplateResult {
  const card = {
    id: streamId,
    kind: "video",
    thumbnailKey: null,
    isRemix: false,
    fraction: null,
    tone: "calm",
  } as const;
  const status = `From ${timeOfDay(openedAtS, sinceUs)}`;
  return cardView({ ...card, text: "You were live", status, detail: "Take it back for good" }, takeBack);
}
