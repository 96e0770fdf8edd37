/** What the console asks of the hub about people who are live, one line each. Pure. */

import { newId } from "../../shared/ids.ts";
import type {
  BringOnAir,
  ClearLine,
  CloseCall,
  DropGuests,
  Gathering,
  Group,
  Id,
  InviteAnyone,
  InviteGroup,
  InviteGuests,
  MuteGuest,
  OpenCall,
  SetPerformer,
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
export const inviteGroup = (wants: Wants, gathering: Gathering, group: Group): InviteGroup => ({
  type: "invite_group",
  wants,
  gathering,
  group,
});
export const clearLine = (): ClearLine => ({ type: "clear_line" });
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
export const mute = (streamId: Id, mute: boolean): MuteGuest => ({ type: "mute_guest", streamId, mute });
export const setPerformer = (personId: Id, performer: boolean): SetPerformer => ({
  type: "set_performer",
  personId,
  performer,
});
