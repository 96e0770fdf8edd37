/** Moving about in the queue: cursor, marks, tabs. Pure but for the `View` it sets. */

import type { ContributionView, Id } from "../wire.ts";
import { neighbour, type Tab } from "./queue.ts";
import type { View } from "./view.ts";

export const indexOf = (list: readonly ContributionView[], id: Id | null): number =>
  list.findIndex((piece) => piece.contributionId === id);

/** Move by `by` rows; with `marking`, what is passed over is marked. */
export function move(view: View, list: readonly ContributionView[], by: number, marking = false): void {
  if (list.length === 0) return;
  const from = indexOf(list, view.cursor);
  const to = from < 0 ? 0 : Math.min(list.length - 1, Math.max(0, from + by));
  const target = list[to]?.contributionId ?? null;
  const marked = marking ? new Set(view.marked) : new Set<Id>();
  if (marking) for (const id of [view.cursor, target]) if (id) marked.add(id);
  view.set({ cursor: target, marked });
}

export function moveToEnd(view: View, list: readonly ContributionView[], last: boolean): void {
  const target = last ? list.at(-1) : list[0];
  if (target) view.set({ cursor: target.contributionId, marked: new Set() });
}

export function markAll(view: View, list: readonly ContributionView[]): void {
  view.set({ marked: new Set(list.map((piece) => piece.contributionId)) });
}

/** A click on a row: alone, added to the marks (Ctrl), or everything up to it (Shift). */
export function click(
  view: View,
  list: readonly ContributionView[],
  id: Id,
  keys: { readonly ctrlKey: boolean; readonly metaKey: boolean; readonly shiftKey: boolean },
): void {
  const marked = new Set(view.marked);
  if (keys.shiftKey) {
    const [from, to] = [indexOf(list, view.cursor), indexOf(list, id)];
    const stretch = list.slice(Math.max(0, Math.min(from, to)), Math.max(from, to) + 1);
    for (const piece of stretch) marked.add(piece.contributionId);
  } else if (keys.ctrlKey || keys.metaKey) {
    if (view.cursor && marked.size === 0) marked.add(view.cursor);
    if (!marked.delete(id)) marked.add(id);
  } else {
    marked.clear();
  }
  view.set({ cursor: id, marked });
}

export function changeTab(view: View, tabs: readonly Tab[], by: number): void {
  const at = tabs.indexOf(view.filter.tab);
  const tab = tabs[(at + by + tabs.length) % tabs.length] ?? "all";
  view.set({ filter: { ...view.filter, tab }, marked: new Set() });
}

/**
 * Where the cursor goes once `list` has become what it is now: it stays on its piece; where that left the list, on the one
 * that took its place (`oldIndex`).
 */
export function settle(list: readonly ContributionView[], cursor: Id | null, oldIndex: number): Id | null {
  if (cursor !== null && indexOf(list, cursor) >= 0) return cursor;
  return neighbour(list, Math.max(0, oldIndex))?.contributionId ?? null;
}
