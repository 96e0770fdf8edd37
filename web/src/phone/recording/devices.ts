// Asking for camera and microphone, and saying in plain words why one cannot be had.
import type { MediaKind } from "../kinds.ts";

export type Facing = "user" | "environment";

/** Whether this page may use camera and microphone at all; browsers give them only to encrypted pages. */
export function canRecord(): boolean {
  return isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia) && "MediaRecorder" in globalThis;
}

/** Why recording in the page is not possible, for the person; empty when it is. */
export function whyNotInPage(): string {
  if (canRecord()) return "";
  if (!isSecureContext) {
    return "This page came over plain Wi-Fi (http), so the browser keeps camera and microphone from it. Use your phone's own apps instead:";
  }
  return "This browser cannot record in a page. Use your phone's own apps instead:";
}

/** Raises the browser's DOMException; `refusalInWords` says it. */
export function openDevices(kind: MediaKind, facing: Facing): Promise<MediaStream> {
  // Music, not a phone call: no echo cancelling, no gate. The level is still evened out.
  const audio = kind === "photo" ? false : { echoCancellation: false, noiseSuppression: false, autoGainControl: true };
  const wide =
    kind === "photo"
      ? { width: { ideal: 2560 }, height: { ideal: 1440 } }
      : { width: { ideal: 1280 }, height: { ideal: 720 } };
  const video = kind === "sound" ? false : { facingMode: facing, frameRate: { ideal: 30 }, ...wide };
  return navigator.mediaDevices.getUserMedia({ audio, video });
}

export function refusalInWords(error: unknown, kind: MediaKind): string {
  const what = kind === "sound" ? "microphone" : kind === "photo" ? "camera" : "camera and microphone";
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
      return `This page may not use the ${what}. Allow it in the browser's settings for this page, or use your phone's own app:`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `No ${what} was found. Pick something you already have:`;
    case "NotReadableError":
    case "AbortError":
      return `Another app is using the ${what}. Close it and try again, or use your phone's own app:`;
    default:
      return `The ${what} did not start. Try again, or use your phone's own app:`;
  }
}
