/**
 * Which of the three ways to show the program this browser can go.
 *
 * WebCodecs wants a secure context, so a page on plain http usually ends up with pictures over the media socket.
 */

export type PlayerKind = "webcodecs" | "jpeg" | "mjpeg";

export interface Capabilities {
  readonly videoDecoder: boolean;
  readonly webSocket: boolean;
  readonly imageBitmap: boolean;
}

const KINDS: readonly PlayerKind[] = ["webcodecs", "jpeg", "mjpeg"];

export function capabilitiesOf(scope: object): Capabilities {
  return {
    videoDecoder: "VideoDecoder" in scope && "EncodedVideoChunk" in scope,
    webSocket: "WebSocket" in scope,
    imageBitmap: "createImageBitmap" in scope,
  };
}

/** The best way, or the one asked for with `?player=` where that is a way at all. */
export function choosePlayer(forced: string | null, can: Capabilities): PlayerKind {
  const asked = KINDS.find((kind) => kind === forced);
  if (asked) return asked;
  if (can.videoDecoder && can.webSocket) return "webcodecs";
  return can.webSocket && can.imageBitmap ? "jpeg" : "mjpeg";
}

/** Where to go when a way turns out not to work after all. */
export function nextBest(kind: PlayerKind): PlayerKind {
  return kind === "webcodecs" ? "jpeg" : "mjpeg";
}
