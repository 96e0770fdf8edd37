/** What the console asks of the hub about people who are live, one line each. Pure. */

import { newId } from "../../shared/ids.ts";
import type {
  BringOnAir,
  CloseCall,
  DropGuests,
  Gathering,
  Group,
  Id,
  InviteAnyone,
  InviteGuests,
  OpenCall,
  Wants,
} from "../../wire.ts";

export const EVERYBODY: Group = { side: "", team: "", firstRow: 0, lastRow: 0 };

export const invite = (personIds: readonly Id[], wants: Wants, gathering: Gathering): InviteGuests => ({
  type: "invite_guests",
  personIds,
  wants,
  gathering,
});
export const inviteAnyone = (count: number, wants: Wants, gathering: Gathering, group: Group): InviteAnyone => ({
  type: "invite_anyone",
  count,
  wants,
  gathering,
  group,
});
export const openCall = (gathering: Gathering, wants: Wants, group: Group, straightOn: boolean): OpenCall => ({
  type: "open_call",
  callId: newId(),
  gathering,
  wants,
  group,
  straightOn,
});
export const closeCall = (callId: Id): CloseCall => ({ type: "close_call", callId });
export const bringOnAir = (streamIds: readonly Id[], countdownMs: number): BringOnAir => ({
  type: "bring_on_air",
  streamIds,
  countdownMs,
});
export const drop = (streamIds: readonly Id[]): DropGuests => ({ type: "drop_guests", streamIds });
