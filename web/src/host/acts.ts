/** What the console asks of the hub, one line each. Pure: they make the words, `Desk` sends them. */

import { newId } from "../shared/ids.ts";
import type {
  Ban,
  Cue,
  DropFromAlbum,
  EditAlbum,
  GiveCue,
  Id,
  Judge,
  Kind,
  MakeAlbum,
  PlaceInAlbum,
  PutOnStage,
  Retract,
  SetPrompt,
  Share,
  Transition,
  Verdict,
} from "../wire.ts";

export const judge = (contributionIds: readonly Id[], verdict: Verdict): Judge => ({
  type: "judge",
  contributionIds,
  verdict,
});
export const retract = (contributionIds: readonly Id[]): Retract => ({ type: "retract", contributionIds });
export const ban = (personId: Id, banned: boolean): Ban => ({ type: "ban", personId, banned });
export const share = (contributionId: Id, shared: boolean): Share => ({ type: "share", contributionId, shared });
export const setPrompt = (text: string, kinds: readonly Kind[]): SetPrompt => ({
  type: "set_prompt",
  promptId: newId(),
  text,
  kinds,
});
export const putOnStage = (contributionId: Id, transition: Transition, fadeMs: number): PutOnStage => ({
  type: "put_on_stage",
  contributionId,
  layerId: newId(),
  transition,
  fadeMs,
});
export const giveCue = (cue: Cue): GiveCue => ({ type: "give_cue", cueId: newId(), cue });
export const makeAlbum = (title: string): MakeAlbum => ({ type: "make_album", albumId: newId(), title });
export const editAlbum = (albumId: Id, title: string, note: string): EditAlbum => ({
  type: "edit_album",
  albumId,
  title,
  note,
});
/** What is not said stays as the hub has it, which may be newer than what this page shows. */
export const placeInAlbum = (
  albumId: Id,
  contributionId: Id,
  what: Pick<PlaceInAlbum, "position" | "note"> = {},
): PlaceInAlbum => ({ type: "place_in_album", albumId, contributionId, ...what });
export const dropFromAlbum = (albumId: Id, contributionId: Id): DropFromAlbum => ({
  type: "drop_from_album",
  albumId,
  contributionId,
});
