// What is wrong while live, in a sentence for the person, with what to do; empty where nothing is.
import type { DeviceTrouble } from "../../live/devices.ts";
import type { Hindrance, PublishLine } from "../../live/words.ts";
import type { Wants } from "../../wire.ts";
import type { Trouble } from "../recording/listening.ts";

export interface Standing {
  readonly devices: { readonly trouble: DeviceTrouble; readonly isMuted: boolean } | null;
  readonly publisher: {
    readonly line: PublishLine;
    readonly problem: { readonly message: string } | null;
    readonly wants: Wants;
    readonly hindrance: Hindrance | null;
  } | null;
  readonly listening: { readonly trouble: Trouble } | null;
  readonly myAir: { readonly isMuted: boolean } | null;
}

export function troubleInWords({ devices, publisher, listening, myAir }: Standing): string {
  switch (devices?.trouble) {
    case "refused":
      return "This page may not use your camera or microphone. Allow it in the browser's settings for this page.";
    case "missing":
      return "No camera or microphone was found on this phone.";
    case "busy":
      return "Another app is using your camera or microphone. Close it.";
    case "interrupted":
      return "Something took your camera or microphone, perhaps a call. It goes on by itself.";
  }
  if (publisher?.line === "refused")
    return publisher.problem?.message || "The show did not take your stream. Reload the page.";
  if (publisher?.hindrance === "frozen") return "Sending stopped for a moment. It goes on by itself.";
  if (publisher?.line === "away") return "The show is out of reach. It goes on by itself.";
  if (publisher?.hindrance === "still") return "Your line stands still. It goes on by itself.";
  if (publisher?.hindrance === "not_shown")
    return `Your ${publisher.wants === "microphone" ? "sound" : "picture"} does not arrive. We keep trying.`;
  if (myAir?.isMuted) return "The host has muted you: nobody hears you now.";
  if (publisher?.hindrance === "uneven") return "Your line stalls again and again. Come nearer to the Wi-Fi.";
  if (listening?.trouble === "silent" && !devices?.isMuted) return "We hear nothing. Is your microphone covered?";
  return "";
}
