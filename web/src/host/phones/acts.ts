/** What the console asks of the hall's phones, one line each. Pure. */

import { newId } from "../../shared/ids.ts";
import type { CuePhones, Group, PhoneDeed, Put, Side } from "../../wire.ts";

/** The whole hall, or one side of it. */
export const groupOf = (side: Side): Group => ({ side, team: "", firstRow: 0, lastRow: 0 });
export const cuePhones = (what: PhoneDeed, group: Group, leadMs = 1500): CuePhones => ({
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
