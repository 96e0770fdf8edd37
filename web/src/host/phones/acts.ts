/** What the console asks of the hall's phones, one line each. Pure. */

import { newId } from "../../shared/ids.ts";
import type { CuePhones, Group, PhoneDeed, Side } from "../../wire.ts";

/** The whole hall, or one side of it. */
export const groupOf = (side: Side): Group => ({ side, team: "", firstRow: 0, lastRow: 0 });
export const cuePhones = (what: PhoneDeed, group: Group, leadMs = 1500): CuePhones => ({
  type: "cue_phones",
  cueId: newId(),
  what,
  group,
  leadMs,
});
