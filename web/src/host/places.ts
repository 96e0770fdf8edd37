/** Where a layer can stand, in one click: fractions of the program. Pure. */

import type { Rect } from "../wire.ts";

export interface Place {
  readonly name: string;
  /** null: laid out with the other automatic layers. */
  readonly rect: Rect | null;
}

const rect = (x: number, y: number, width: number, height: number): Rect => ({ x, y, width, height });

export const PLACES: readonly Place[] = [
  { name: "Auto", rect: null },
  { name: "Full", rect: rect(0, 0, 1, 1) },
  { name: "Left half", rect: rect(0, 0, 0.5, 1) },
  { name: "Right half", rect: rect(0.5, 0, 0.5, 1) },
  { name: "Top left", rect: rect(0, 0, 0.5, 0.5) },
  { name: "Top right", rect: rect(0.5, 0, 0.5, 0.5) },
  { name: "Bottom left", rect: rect(0, 0.5, 0.5, 0.5) },
  { name: "Bottom right", rect: rect(0.5, 0.5, 0.5, 0.5) },
  { name: "Small, top right", rect: rect(0.7, 0.04, 0.27, 0.27) },
  { name: "Small, bottom left", rect: rect(0.03, 0.62, 0.27, 0.27) },
];

/** The place with this rectangle; null when it is none of the above. */
export function placeOf(given: Rect | null): Place | null {
  return PLACES.find(({ rect: one }) => same(one, given)) ?? null;
}

/** `ids` with `id` moved by `by` places; the same order when it cannot move. */
export function moved(ids: readonly string[], id: string, by: number): string[] {
  const from = ids.indexOf(id);
  const order = [...ids];
  if (from < 0) return order;
  const to = Math.min(ids.length - 1, Math.max(0, from + by));
  order.splice(to, 0, ...order.splice(from, 1));
  return order;
}

/** `ids` with `id` put where `target` stands. */
export function dropped(ids: readonly string[], id: string, target: string): string[] {
  return moved(ids, id, ids.indexOf(target) - ids.indexOf(id));
}

function same(a: Rect | null, b: Rect | null): boolean {
  if (a === null || b === null) return a === b;
  const near = (one: number, other: number) => Math.abs(one - other) < 0.005;
  return near(a.x, b.x) && near(a.y, b.y) && near(a.width, b.width) && near(a.height, b.height);
}
