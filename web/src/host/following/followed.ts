/** What something on stage may follow of the hall, in the host's words. */

import type { Control, Following, Reactions } from "../../wire.ts";
import { tempoOf } from "../phones/acts.ts";

export const CONTROLS: readonly (readonly [Control, string])[] = [
  ["applause", "Applause"],
  ["hearts", "Hearts"],
  ["hands", "Hands"],
  ["lighters", "Lighters"],
  ["beat", "Tapped beat"],
];

export const EFFECTS: readonly (readonly [Following["effect"], string])[] = [
  ["shine", "Shines"],
  ["swell", "Grows"],
];

export const NEW: Following = { control: "applause", effect: "shine", depth: 0.5 };

export const isControl = (word: string): word is Control => CONTROLS.some(([control]) => control === word);

/** How much of it the hall gives back just now, 0…1; the beat is there or not. */
export function levelOf(told: Reactions | null, control: Control): number {
  if (!told) return 0;
  switch (control) {
    case "applause":
      return told.applause;
    case "hearts":
      return told.heartLevel;
    case "hands":
      return told.handLevel;
    case "lighters":
      return told.lighterLevel;
    case "beat":
      return tempoOf(told) ? 1 : 0;
  }
}

/** In so many words, for who sees a button only: "Follows the hall: applause". */
export const saying = (how: { control: Control } | null): string =>
  how
    ? `Follows the hall: ${CONTROLS.find(([control]) => control === how.control)?.[1].toLowerCase()}`
    : "Follow the hall";
