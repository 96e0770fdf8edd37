// How each piece stands, in the words of its author's phone. Pure: what the outbox and the hub say goes in, a card comes out.
import { timeOfDay } from "../shared/time.ts";
import type { Consent, Id, Kind, MineView } from "../wire.ts";
import type { Draft } from "./outbox/draft.ts";
import type { Piece } from "./outbox/piece.ts";
import { bytesInWords } from "./sizes.ts";

/** `live` is for the stage alone. */
export type Tone = "busy" | "good" | "live" | "calm" | "bad";

export interface Card {
  readonly id: Id;
  readonly kind: Kind;
  readonly text: string;
  readonly consent: Consent;
  readonly tone: Tone;
  readonly status: string;
  /** A second, quieter line; may be empty. */
  readonly detail: string;
  /** How far the upload is, 0…1; null when nothing is under way. */
  readonly fraction: number | null;
  readonly thumbnailKey: string | null;
  readonly isRemix: boolean;
  /** Still on this phone only. */
  readonly isKeptHere: boolean;
  readonly canWithdraw: boolean;
}

/** A piece that the hub does not have yet. */
export function cardOfPiece(
  piece: Piece,
  bytesSent: number,
  isAway: boolean,
  isStranger: boolean,
  isPaused: boolean,
): Card {
  const isMoving = bytesSent > 0 && !isAway;
  const card = {
    ...common(piece),
    thumbnailKey: null,
    isKeptHere: true,
    canWithdraw: false,
    fraction: piece.sizeBytes && piece.refusal === null ? Math.min(1, bytesSent / piece.sizeBytes) : null,
  };
  if (piece.refusal !== null) return { ...card, tone: "bad", status: "Could not be sent", detail: piece.refusal };
  if (isStranger) {
    return {
      ...card,
      tone: "calm",
      status: "Made for another show",
      detail: "It stays here until you delete it.",
      fraction: null,
    };
  }
  if (isPaused) {
    return {
      ...card,
      tone: "calm",
      status: "Safe on this phone",
      detail: "The crew has paused this phone. It goes by itself when they let you send again.",
    };
  }
  if (isAway && !isMoving)
    return { ...card, tone: "calm", status: "Safe on this phone", detail: "Goes by itself when the show is back." };
  const detail = piece.sizeBytes ? `${bytesInWords(bytesSent)} of ${bytesInWords(piece.sizeBytes)}` : "";
  return { ...card, tone: "busy", status: "Sending", detail };
}

/** A take that was made and not sent; its maker may have lost the page it was made in. */
export function cardOfDraft(draft: Draft, consent: Consent): Card {
  const { contributionId, kind, parents } = draft;
  const rest = { thumbnailKey: null, isKeptHere: true, canWithdraw: false, fraction: null };
  return {
    ...common({ contributionId, kind, text: "", consent, parents }),
    ...rest,
    tone: "calm",
    status: "Not sent yet",
    detail: "Tap to look at it and send it.",
  };
}

/** A piece that the hub has just acknowledged, before its own word of it. */
export function cardOfArrived(piece: Piece): Card {
  const rest = { thumbnailKey: null, isKeptHere: false, canWithdraw: false, fraction: null };
  return { ...common(piece), ...rest, tone: "good", status: "Received", detail: "Safe with the show." };
}

/** A piece as the hub tells of it. */
export function cardOfMine(mine: MineView, openedAtS: number): Card {
  const remixes = mine.remixes ? `Remixed ${mine.remixes === 1 ? "once" : `${mine.remixes} times`}` : "";
  return {
    id: mine.contributionId,
    kind: mine.kind,
    text: mine.text,
    consent: mine.consent,
    thumbnailKey: mine.thumbnailKey,
    isRemix: mine.parents.length > 0,
    isKeptHere: false,
    canWithdraw: mine.status !== "withdrawn",
    fraction: null,
    ...standing(mine, openedAtS),
    ...(remixes ? { detail: remixes } : {}),
  };
}

function common(piece: Pick<Piece, "contributionId" | "kind" | "text" | "consent" | "parents">) {
  const { contributionId, kind, text, consent, parents } = piece;
  return { id: contributionId, kind, text, consent, isRemix: parents.length > 0 };
}

function standing(mine: MineView, openedAtS: number): { tone: Tone; status: string; detail: string } {
  switch (mine.status) {
    case "received":
      return { tone: "good", status: "Received", detail: "Safe with the show." };
    case "waiting":
      return { tone: "calm", status: "Waiting", detail: "The host will look at it." };
    case "approved":
      return { tone: "good", status: "Approved", detail: "It can come on stage any time." };
    case "on_stage":
      return { tone: "live", status: "ON STAGE now", detail: "Look up!" };
    case "was_on_stage": {
      const last = mine.stageTimes[mine.stageTimes.length - 1];
      const at = last ? ` at ${timeOfDay(openedAtS, last[0])}` : "";
      return { tone: "good", status: `Was on stage${at}`, detail: "" };
    }
    case "declined":
      return { tone: "calm", status: "Not this time", detail: "Thank you. Send another one!" };
    case "failed":
      return { tone: "bad", status: "Could not be used", detail: mine.reason };
    case "withdrawn":
      return { tone: "calm", status: "Taken back", detail: "Nobody uses it any more." };
  }
}
