// The ladder of ways to publish, best first, and which of them this browser can go. Pure but for the look at the globals.
//
//   a   tracks are read in the page, encoded in the worker             Chrome, Edge, Samsung
//   a2  the camera's track itself goes to the worker                   Safari 18
//   b   pictures are taken from a <video>, encoded in the worker       Safari 16.4–17, Firefox
//   c   pictures are drawn and sent as JPEG, sound as PCM              no WebCodecs: Firefox on Android
//   d   the browser's own recorder, in small pieces of a container     old, but secure
//   e   nothing live: clips only                                       plain http, no camera
import { trackProcessor } from "./browser.ts";

export const TIERS = ["a", "a2", "b", "c", "d", "e"] as const;
export type Tier = (typeof TIERS)[number];

export interface Abilities {
  readonly camera: boolean;
  readonly worker: boolean;
  readonly socket: boolean;
  readonly videoEncoder: boolean;
  /** MediaStreamTrackProcessor in the page; its absence says nothing about workers. */
  readonly processorHere: boolean;
  /** Whether a track can be handed to a worker (found out by trying, in Safari only). */
  readonly trackTravels: boolean;
  readonly worklet: boolean;
  readonly recorder: boolean;
}

export function abilities(scope: typeof globalThis = globalThis): Abilities {
  const { navigator } = scope;
  return {
    camera: scope.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia),
    worker: "Worker" in scope,
    socket: "WebSocket" in scope,
    videoEncoder: "VideoEncoder" in scope && "VideoFrame" in scope,
    processorHere: trackProcessor(scope) !== null,
    trackTravels: isWebKit(navigator.userAgent),
    worklet: "AudioWorkletNode" in scope,
    recorder: "MediaRecorder" in scope,
  };
}

/** Only WebKit hands a track over; elsewhere asking is an exception (DataCloneError), so do not ask. */
function isWebKit(userAgent: string): boolean {
  return /AppleWebKit/.test(userAgent) && !/Chrom(e|ium)|Android/.test(userAgent);
}

/** Whether a page with these abilities can go this way. */
export function canGo(tier: Tier, can: Abilities): boolean {
  if (tier === "e") return true;
  if (!can.camera || !can.worker || !can.socket) return false;
  switch (tier) {
    case "a":
      return can.videoEncoder && can.processorHere;
    case "a2":
      return can.videoEncoder && can.trackTravels;
    case "b":
      return can.videoEncoder;
    case "c":
      return can.worklet;
    case "d":
      return can.recorder;
  }
}

/** The best way, or the one that `?tier=` asks for where it is a way at all. */
export function chooseTier(forced: string | null, can: Abilities): Tier {
  const asked = TIERS.find((tier) => tier === forced);
  if (asked && canGo(asked, can)) return asked;
  return TIERS.find((tier) => canGo(tier, can)) ?? "e";
}

/** Where to go when a way turns out not to work after all. */
export function nextTier(tier: Tier, can: Abilities): Tier {
  const below = TIERS.slice(TIERS.indexOf(tier) + 1);
  return below.find((one) => canGo(one, can)) ?? "e";
}
