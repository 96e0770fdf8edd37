/** What the console asks of the hall's phones, one line each. Pure. */

import { newId } from "../../shared/ids.ts";
import type { CuePhones, Group, PhoneDeed, Put, Reactions, Side, Tempo } from "../../wire.ts";

/** Below, the hall does not agree on a beat. */
const SURE = 0.25;
const BAR = 4;
const SHORTEST_WAVE_MS = 1000;

/** The whole hall, or one side of it. */
export const groupOf = (side: Side): Group => ({ side, team: "", firstRow: 0, lastRow: 0 });
export const cuePhones = (what: PhoneDeed, group: Group, leadMs: number): CuePhones => ({
  type: "cue_phones",
  cueId: newId(),
  what,
  group,
  leadMs,
});

/** A column at the right edge, over everything that is on stage. */
export const putReactions = (): Put => ({
  type: "put",
  layerId: newId(),
  source: { type: "reactions_source" },
  transition: "add",
  place: { x: 0.84, y: 0.04, width: 0.14, height: 0.9 },
});

/** What the hall taps along to, where it agrees on it. */
export const tempoOf = (told: Reactions | undefined): Tempo | null =>
  told?.tempo && told.tempo.confidence >= SURE ? told.tempo : null;

/** The same deed in whole beats: a wave crosses in a bar, a colour takes a beat to come and stays for two bars, what
 * sounds or blinks goes on to the end of a bar. */
export function inTempo(what: PhoneDeed, bpm: number): PhoneDeed {
  const beatMs = 60_000 / bpm;
  const bars = (ms: number) => Math.round(Math.max(1, Math.round(ms / beatMs / BAR)) * BAR * beatMs);
  switch (what.type) {
    case "wave":
      return { ...what, durationMs: Math.max(SHORTEST_WAVE_MS, Math.round(BAR * beatMs)) };
    case "color_wash":
      return { ...what, fadeMs: Math.round(beatMs), holdMs: Math.round(2 * BAR * beatMs) };
    case "torch":
    case "phone_sound":
      return { ...what, durationMs: bars(what.durationMs ?? 0) };
    default:
      return what;
  }
}

/** How long until the first beat that is at least `leadMs` away. */
export function leadToBeat({ bpm, beatUs }: Tempo, nowUs: number, leadMs: number): number {
  const beat = 60e6 / bpm;
  const earliest = nowUs + leadMs * 1000;
  return Math.round((beatUs + Math.ceil((earliest - beatUs) / beat) * beat - nowUs) / 1000);
}
