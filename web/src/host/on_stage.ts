/** What of the scene is there at a given picture, and how to name it. Pure. */

import type { ContributionView, Layer, Ramp, Scene, Source, Strip } from "../wire.ts";

interface Leaving {
  readonly leavesPicture: number | null;
}

/** Those that have not left; without a picture number (the stage is away), all. */
export function present<T extends Leaving>(things: readonly T[], picture: number | null): T[] {
  return things.filter(({ leavesPicture }) => leavesPicture === null || picture === null || leavesPicture > picture);
}

/** Fading out already, rather than just playing to its end. */
export function isLeaving(thing: { readonly fade: Ramp } & Leaving): boolean {
  return thing.leavesPicture !== null && thing.fade.end === 0;
}

/** Seconds until it leaves by itself; null: it stays. */
export function secondsLeft(thing: Leaving, picture: number | null, picturesPerSecond: number): number | null {
  if (thing.leavesPicture === null || picture === null) return null;
  return Math.max(0, (thing.leavesPicture - picture) / picturesPerSecond);
}

export function contributionOf(source: Source): string | null {
  return source.type === "solid_source" || source.type === "live_source" || source.type === "reactions_source"
    ? null
    : source.contributionId;
}

/** One short line: what it is and whose; `name` is that of who made the piece or is live there. */
export function titleOf(thing: Layer | Strip, piece: ContributionView | null, name: string): string {
  const { source } = thing;
  if (source.type === "solid_source") return `Colour ${source.color}`;
  if (source.type === "text_source" && source.contributionId === null) return `“${source.text}”`;
  if (source.type === "reactions_source") return "Reactions";
  if (source.type === "live_source") return name ? `${name} · Live` : "Live";
  const kind = { still_source: "Photo", clip_source: "Video", sound_source: "Sound", text_source: "Text" }[source.type];
  return piece ? `${name} · ${kind}` : kind;
}

export function isEmpty(scene: Scene, picture: number | null): boolean {
  return present(scene.layers, picture).length === 0 && present(scene.strips, picture).length === 0;
}
