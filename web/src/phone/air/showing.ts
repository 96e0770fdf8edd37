// Which screen of being live a phone shows. Pure: how the hub says the person stands goes in, and a name comes out.
import type { CallView, EndReason, Group, MyAirView, Seat } from "../../wire.ts";

export type Showing = "ask" | "asking" | "invited" | "getting_ready" | "called" | "on_air" | "over";

export const NO_SEAT: Seat = { side: "", team: "", row: 0, number: 0 };

export interface Moment {
  readonly myAir: MyAirView | null;
  /** This page was live, or asked to be, since it was opened: then it says how it ended. */
  readonly wasLive: boolean;
}

export function showing({ myAir, wasLive }: Moment): Showing {
  const state = myAir?.state ?? null;
  if (state !== null) return state;
  return wasLive ? "over" : "ask";
}

/** Whether the phone sends its camera or microphone, or is about to. */
export function isLive(myAir: MyAirView | null): boolean {
  return myAir?.state === "getting_ready" || myAir?.state === "called" || myAir?.state === "on_air";
}

/** Whole seconds until the moment; 0 once it is there. */
export function secondsUntil(atUs: number | null, nowUs: number): number {
  return atUs === null ? 0 : Math.max(0, Math.ceil((atUs - nowUs) / 1e6));
}

/** What a call has to know about where somebody sits, and does not know yet. */
export function seatAsked(
  group: Group,
  seat: Seat,
): { readonly side: boolean; readonly row: boolean; readonly team: boolean } {
  return {
    side: group.side !== "" && seat.side === "",
    row: (group.firstRow > 0 || group.lastRow > 0) && seat.row === 0,
    team: group.team !== "" && seat.team === "",
  };
}

export function isSeatAsked(group: Group, seat: Seat): boolean {
  const asked = seatAsked(group, seat);
  return asked.side || asked.row || asked.team;
}

export function callInWords({ gathering, wants }: Pick<CallView, "gathering" | "wants">): string {
  if (gathering === "mosaic") return "Join the picture wall";
  if (gathering === "choir") return "Join the choir";
  return wants === "microphone" ? "Be heard live" : "Be seen live";
}

export function groupInWords(group: Group): string {
  const side = { "": "", left: "the left side", centre: "the centre", right: "the right side" }[group.side];
  const rows =
    group.firstRow && group.lastRow
      ? group.firstRow === group.lastRow
        ? `row ${group.firstRow}`
        : `rows ${group.firstRow} to ${group.lastRow}`
      : group.firstRow
        ? `row ${group.firstRow} and behind`
        : group.lastRow
          ? `the first ${group.lastRow} rows`
          : "";
  const parts = [side, rows, group.team && `team ${group.team}`].filter(Boolean);
  return parts.length ? `For ${parts.join(", ")}` : "For everybody";
}

/** What to say when it is over. */
export function endInWords(
  ended: EndReason | null,
  isBanned: boolean,
): { readonly heading: string; readonly detail: string } {
  switch (ended) {
    case "declined":
      return { heading: "Another time, then", detail: "You can raise your hand whenever you like." };
    case "dropped":
      return { heading: "You are off. Thank you!", detail: "The host has gone on with the show." };
    case "banned":
      return isBanned
        ? { heading: "You are off", detail: "The crew has paused this phone. Talk to them if that is a mistake." }
        : { heading: "You can go live again", detail: "Raise your hand whenever you like." };
    case "expired":
      return { heading: "The moment has passed", detail: "Raise your hand whenever you like." };
    case "silent":
      return {
        heading: "You are off",
        detail: "Nothing came from this phone any more. Raise your hand again whenever you like.",
      };
    default:
      return { heading: "You are off. Thank you!", detail: "Nothing of you is live any more." };
  }
}
