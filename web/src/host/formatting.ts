/** Numbers as a host reads them. Pure; times in are microseconds. */

import type { GuestView, Kind } from "../wire.ts";

const US_PER_S = 1_000_000;

/** 75 s → "1:15"; under ten seconds one decimal, since there it matters: "4.2 s". */
export function duration(us: number): string {
  const seconds = us / US_PER_S;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** Show time as the clock on the wall: "20:41". */
export function wallTime(us: number, openedAtS: number): string {
  const at = new Date((openedAtS + us / US_PER_S) * 1000);
  return `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
}

/** How long ago, in words short enough for a row. */
export function ago(us: number): string {
  const seconds = Math.max(0, us / US_PER_S);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

export function decibels(db: number): string {
  if (db <= -119) return "−∞ dB";
  const text = Math.abs(db).toFixed(1);
  return `${Number(text) === 0 ? "" : db < 0 ? "−" : "+"}${text} dB`;
}

export function loudness(lufs: number | null): string {
  return lufs === null ? "" : `${lufs < 0 ? "−" : ""}${Math.abs(lufs).toFixed(0)} LUFS`;
}

export function pan(value: number): string {
  const percent = Math.round(Math.abs(value) * 100);
  if (percent === 0) return "centre";
  return `${percent} % ${value < 0 ? "left" : "right"}`;
}

export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  text: "Text",
  photo: "Photo",
  sound: "Sound",
  video: "Video",
};

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** The stage knows streams by their ids, the host knows people: a trouble with every stream under its guest's name. */
export function namingGuests(state: string, guests: Iterable<Pick<GuestView, "streamId" | "name">>): string {
  let said = state;
  for (const { streamId, name } of guests)
    if (streamId) said = said.replaceAll(`stream ${streamId}`, name || "a guest");
  return said;
}

/** What is wrong with an output in few words; the whole sentence, with what to do, is in the title. */
export function wrongInShort(name: string, state: string): string {
  const [first = state] = state.split(/[:;,]/);
  return /^no /.test(first) ? first : `${name}: ${first}`;
}
