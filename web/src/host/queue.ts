/**
 * What the queue lists, and in which order. Pure: pieces and a filter in, pieces out.
 *
 * Written for thousands of pieces on each keystroke: one pass, one sort, no copies of the pieces themselves.
 */

import type { ContributionView, Kind, Verdict } from "../wire.ts";

/** `unusable`: nothing could be made of it, so no verdict brings it on stage. */
export type Tab = Verdict | "unusable" | "all";
export type Order =
  | "oldest"
  | "newest"
  | "kind"
  | "person"
  | "prompt"
  | "longest"
  | "shortest"
  | "loudest"
  | "quietest";
export type LoudnessBand = "any" | "quiet" | "middle" | "loud";
export type DurationBand = "any" | "short" | "medium" | "long";

export interface Filter {
  readonly tab: Tab;
  readonly kinds: ReadonlySet<Kind>;
  readonly personId: string;
  readonly promptId: string;
  readonly loudness: LoudnessBand;
  readonly duration: DurationBand;
  readonly text: string;
  readonly order: Order;
}

export const EVERYTHING: Filter = {
  tab: "all",
  kinds: new Set(),
  personId: "",
  promptId: "",
  loudness: "any",
  duration: "any",
  text: "",
  order: "oldest",
};

export const KINDS: readonly Kind[] = ["text", "photo", "sound", "video"];
export const TABS: readonly Tab[] = ["waiting", "approved", "held", "rejected", "unusable", "all"];

/** LUFS: from … up to (not included). */
export const LOUDNESS_BANDS: Readonly<Record<LoudnessBand, readonly [number, number]>> = {
  any: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  quiet: [Number.NEGATIVE_INFINITY, -30],
  middle: [-30, -18],
  loud: [-18, Number.POSITIVE_INFINITY],
};

/** Seconds: from … up to (not included). */
export const DURATION_BANDS: Readonly<Record<DurationBand, readonly [number, number]>> = {
  any: [0, Number.POSITIVE_INFINITY],
  short: [0, 5],
  medium: [5, 20],
  long: [20, Number.POSITIVE_INFINITY],
};

export const durationUs = (piece: ContributionView): number => piece.renditions?.durationUs ?? 0;
export const loudnessOf = (piece: ContributionView): number | null => piece.renditions?.loudnessLufs ?? null;

/** The list it stands in besides `all`. What the host put away stays put away, usable or not. */
export function tabOf(piece: ContributionView): Tab {
  return piece.state === "failed" && piece.verdict !== "rejected" ? "unusable" : piece.verdict;
}

export function matches(piece: ContributionView, filter: Filter, nameOf: (personId: string) => string): boolean {
  if (piece.state === "withdrawn") return false;
  if (filter.tab !== "all" && tabOf(piece) !== filter.tab) return false;
  if (filter.kinds.size > 0 && !filter.kinds.has(piece.kind)) return false;
  if (filter.personId && piece.personId !== filter.personId) return false;
  if (filter.promptId && piece.promptId !== filter.promptId) return false;
  return (
    inDuration(piece, filter.duration) && inLoudness(piece, filter.loudness) && hasText(piece, filter.text, nameOf)
  );
}

export function listed(
  pieces: Iterable<ContributionView>,
  filter: Filter,
  nameOf: (personId: string) => string,
): ContributionView[] {
  const found: ContributionView[] = [];
  for (const piece of pieces) if (matches(piece, filter, nameOf)) found.push(piece);
  return found.sort(comparison(filter.order, nameOf, filter.order === "prompt" ? answeredSince(found) : new Map()));
}

/** How many pieces each tab would show with no other filter. */
export function counts(pieces: Iterable<ContributionView>): Record<Tab, number> {
  const found: Record<Tab, number> = { waiting: 0, approved: 0, held: 0, rejected: 0, unusable: 0, all: 0 };
  for (const piece of pieces) {
    if (piece.state === "withdrawn") continue;
    found[tabOf(piece)] += 1;
    found.all += 1;
  }
  return found;
}

/** The tabs worth a place: most shows have nothing that cannot be used. */
export function tabsShown(found: Readonly<Record<Tab, number>>, tab: Tab): readonly Tab[] {
  return TABS.filter((one) => one !== "unusable" || found.unusable > 0 || tab === "unusable");
}

/** Whether more than the tab narrows the list. */
export function isNarrowed(filter: Filter): boolean {
  const { kinds, personId, promptId, loudness, duration, text } = filter;
  return (
    kinds.size > 0 || personId !== "" || promptId !== "" || loudness !== "any" || duration !== "any" || text !== ""
  );
}

/** The piece to stand on when `from` has just left the list: the one that took its place, else the last. */
export function neighbour(list: readonly ContributionView[], oldIndex: number): ContributionView | null {
  return list[Math.min(oldIndex, list.length - 1)] ?? null;
}

function inDuration(piece: ContributionView, band: DurationBand): boolean {
  if (band === "any") return true;
  const [from, to] = DURATION_BANDS[band];
  const seconds = durationUs(piece) / 1e6;
  return seconds > 0 && seconds >= from && seconds < to;
}

function inLoudness(piece: ContributionView, band: LoudnessBand): boolean {
  if (band === "any") return true;
  const [from, to] = LOUDNESS_BANDS[band];
  const lufs = loudnessOf(piece);
  return lufs !== null && lufs >= from && lufs < to;
}

function hasText(piece: ContributionView, text: string, nameOf: (personId: string) => string): boolean {
  if (!text) return true;
  const wanted = text.toLocaleLowerCase();
  return piece.text.toLocaleLowerCase().includes(wanted) || nameOf(piece.personId).toLocaleLowerCase().includes(wanted);
}

/** When the first piece for each prompt came. */
function answeredSince(pieces: readonly ContributionView[]): Map<string, number> {
  const since = new Map<string, number>();
  for (const { promptId, atUs } of pieces) {
    since.set(promptId ?? "", Math.min(atUs, since.get(promptId ?? "") ?? Number.POSITIVE_INFINITY));
  }
  return since;
}

type Comparison = (a: ContributionView, b: ContributionView) => number;

function comparison(
  order: Order,
  nameOf: (personId: string) => string,
  since: ReadonlyMap<string, number>,
): Comparison {
  const older: Comparison = (a, b) => a.atUs - b.atUs || (a.contributionId < b.contributionId ? -1 : 1);
  const by =
    (first: Comparison): Comparison =>
    (a, b) =>
      first(a, b) || older(a, b);
  // Pieces that make no sound stand last, however loudness is sorted.
  const heard = (piece: ContributionView, silent: number) => loudnessOf(piece) ?? silent;
  switch (order) {
    case "oldest":
      return older;
    case "newest":
      return (a, b) => older(b, a);
    case "kind":
      return by((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
    case "prompt":
      return by((a, b) => (since.get(a.promptId ?? "") ?? 0) - (since.get(b.promptId ?? "") ?? 0));
    case "person":
      return by((a, b) => nameOf(a.personId).localeCompare(nameOf(b.personId)));
    case "longest":
      return by((a, b) => durationUs(b) - durationUs(a));
    case "shortest":
      return by((a, b) => durationUs(a) - durationUs(b));
    case "loudest":
      return by((a, b) => heard(b, -1000) - heard(a, -1000));
    case "quietest":
      return by((a, b) => heard(a, 1000) - heard(b, 1000));
  }
}
