// What a screen shows while a cue runs: the same rules as live/lighting.py, which counts flashes by them. Pure.
import type { PhoneCue, TorchPattern } from "../../wire.ts";

export type Rgb = readonly [number, number, number];
type Point = readonly [atUs: number, weight: number];

export const BLACK: Rgb = [0, 0, 0];
const BLEND_US = 300_000;
const WORDS_FADE_US = 300_000;
const LEAST_SWELL_US = 400_000;

/** On, off, on, off, … and again from the start, in ms. */
const FLIPS_MS: Readonly<Record<TorchPattern, readonly number[]>> = {
  steady: [1000, 0],
  slow: [1000, 1000],
  heartbeat: [150, 200, 150, 900],
};

export type Channel = "screen" | "lamp" | "sound" | "all";

export function channelOf(what: PhoneCue["what"]): Channel {
  switch (what.type) {
    case "torch":
      return "lamp";
    case "phone_sound":
      return "sound";
    case "off":
      return "all";
    default:
      return "screen";
  }
}

/** How much of a cue's own colour a screen at `place` shows; straight lines between the points, nothing after. */
export function envelope(what: PhoneCue["what"], place: number): readonly Point[] {
  switch (what.type) {
    case "color_wash":
      return held((what.fadeMs ?? 600) * 1000, (what.holdMs ?? 4000) * 1000);
    case "words":
      return held(WORDS_FADE_US, (what.holdMs ?? 6000) * 1000);
    case "wave": {
      const durationUs = (what.durationMs ?? 4000) * 1000;
      const half = Math.max(LEAST_SWELL_US, Math.floor(durationUs / 6));
      const crest = half + Math.round(durationUs * place);
      return [
        [crest - half, 0],
        [crest, 1],
        [crest + half, 0],
      ];
    }
    default:
      return [[0, 0]];
  }
}

/** When a cue is over, from its beginning. */
export function lastsUs(what: PhoneCue["what"], place: number): number {
  if (what.type === "torch" || what.type === "phone_sound") return (what.durationMs ?? 6000) * 1000;
  return Math.max(blendUs(what), envelope(what, place).at(-1)?.[0] ?? 0);
}

/** What a screen shows `sinceUs` after a cue began, `before` being what it showed then. */
export function shown(what: PhoneCue["what"], before: Rgb, place: number, sinceUs: number): Rgb {
  const own = weight(envelope(what, place), sinceUs);
  const blend = blendUs(what);
  const rest = blend ? Math.max(0, 1 - sinceUs / blend) : 0;
  const color = colorOf(what);
  const mixed = (part: 0 | 1 | 2) => Math.min(255, before[part] * rest + color[part] * own);
  return [mixed(0), mixed(1), mixed(2)];
}

/** Whether the lamp is on. */
export function isLampOn(pattern: TorchPattern, sinceUs: number): boolean {
  const flips = FLIPS_MS[pattern];
  let atMs = (sinceUs / 1000) % flips.reduce((sum, ms) => sum + ms, 0);
  for (const [turn, ms] of flips.entries()) {
    if (atMs < ms) return turn % 2 === 0;
    atMs -= ms;
  }
  return false;
}

export function weight(points: readonly Point[], atUs: number): number {
  if (atUs < (points[0]?.[0] ?? 0)) return 0;
  for (const [index, [endUs, end]] of points.slice(1).entries()) {
    const [startUs, start] = points[index] as Point;
    if (atUs < endUs) return start + ((end - start) * (atUs - startUs)) / (endUs - startUs);
  }
  return points.at(-1)?.[1] ?? 0;
}

export function rgbOf(color: string): Rgb {
  const part = (from: number) => Number.parseInt(color.slice(from, from + 2), 16);
  return [part(1), part(3), part(5)];
}

function held(fadeUs: number, holdUs: number): readonly Point[] {
  return [
    [0, 0],
    [fadeUs, 1],
    [fadeUs + holdUs, 1],
    [2 * fadeUs + holdUs, 0],
  ];
}

function blendUs(what: PhoneCue["what"]): number {
  return what.type === "color_wash" ? (what.fadeMs ?? 600) * 1000 : BLEND_US;
}

function colorOf(what: PhoneCue["what"]): Rgb {
  return what.type === "color_wash" || what.type === "wave" || what.type === "words"
    ? rgbOf(what.color ?? "#ffb238")
    : BLACK;
}
