// In what quality a phone records beside its live stream: the best that its browser says it does without effort, and less as
// soon as the stream suffers from it. The live encoder scales down by itself, whatever the camera gives. Pure but for the look
// at the browser.
import type { Figures } from "../../live/words.ts";
import { recordableType } from "../recording/formats.ts";

export interface Quality {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly bitsPerS: number;
}

/** What every phone that can record beside a stream is able to. */
export const LEAST: Quality = { widthPx: 1280, heightPx: 720, bitsPerS: 2.5e6 };
/** The best first. */
export const QUALITIES: readonly Quality[] = [
  { widthPx: 1920, heightPx: 1080, bitsPerS: 8e6 },
  { widthPx: 1280, heightPx: 720, bitsPerS: 5e6 },
  LEAST,
];
const PICTURES_PER_S = 30;
/** Fewer do not even try 1080p, whatever the browser says of its encoder: somebody has to scale for the stream as well. */
const CORES_FOR_LARGE = 4;
/** So many encode 720p well without help of the hardware's. */
const CORES_WITHOUT_HELP = 6;

/** What the device says of itself, for each of QUALITIES; null: it does not say. */
export interface Said {
  readonly cores: number;
  readonly effortless: readonly (boolean | null)[];
}

/** Where to begin in QUALITIES. `asked` is the height that the page's address asks for, 0: none. */
export function firstQuality({ cores, effortless }: Said, asked = 0): number {
  const forced = QUALITIES.findIndex(({ heightPx }) => heightPx === asked);
  if (forced >= 0) return forced;
  if (cores >= CORES_FOR_LARGE && effortless[0]) return 0;
  return effortless[1] || cores >= CORES_WITHOUT_HELP ? 1 : QUALITIES.indexOf(LEAST);
}

export async function askDevice(): Promise<Said> {
  const contentType = recordableType("video");
  const effortless = QUALITIES.map(async ({ widthPx, heightPx, bitsPerS }) => {
    const video = { contentType, width: widthPx, height: heightPx, bitrate: bitsPerS, framerate: PICTURES_PER_S };
    const info = await navigator.mediaCapabilities?.encodingInfo?.({ type: "record", video });
    return info ? info.supported && info.smooth && info.powerEfficient : null;
  });
  return {
    cores: navigator.hardwareConcurrency ?? 1,
    effortless: await Promise.all(effortless.map((one) => one.catch(() => null))),
  };
}

/** A camera that gives less than was asked for needs no more bits than such pictures do. */
export function bitsPerS(wanted: Quality, { width = 0, height = 0 }: MediaTrackSettings): number {
  const given = QUALITIES.find(({ widthPx, heightPx }) => width * height >= widthPx * heightPx * 0.9);
  return width ? Math.min(wanted.bitsPerS, given?.bitsPerS ?? LEAST.bitsPerS) : wanted.bitsPerS;
}

/** Of the live pictures that were asked for, fewer than this share, in so many looks one after the other. In the dark a camera
 * gives half of them, and nobody suffers. */
const LEAST_SHARE = 0.4;
const LOOKS_SHORT = 3;
/** The recorder gives something every second. */
const MOST_SILENT_MS = 4_000;

/** Whether recording harms: to be looked at with each of the stream's figures, about once a second. */
export class Strain {
  #looks = 0;

  look({ picturesPerS, askedPerS }: Pick<Figures, "picturesPerS" | "askedPerS">, silentMs: number): boolean {
    this.#looks = picturesPerS < askedPerS * LEAST_SHARE ? this.#looks + 1 : 0;
    return this.#looks >= LOOKS_SHORT || silentMs > MOST_SILENT_MS;
  }
}
