// The four kinds of piece, as the phone speaks of them.
import type { Kind } from "../wire.ts";

export const KINDS: readonly Kind[] = ["text", "photo", "sound", "video"];

export type MediaKind = Exclude<Kind, "text">;

interface Words {
  /** On the big button. */
  readonly label: string;
  /** "your photo" */
  readonly noun: string;
  /** What the file input asks the phone for. */
  readonly accept: string;
  /** Which camera the phone's own app starts with; "" asks for the microphone. */
  readonly capture: "environment" | "user" | "";
}

export const WORDS: Readonly<Record<Kind, Words>> = {
  text: { label: "Text", noun: "text", accept: "", capture: "" },
  photo: { label: "Photo", noun: "photo", accept: "image/*", capture: "environment" },
  sound: { label: "Sound", noun: "sound", accept: "audio/*", capture: "" },
  video: { label: "Video", noun: "video", accept: "video/*", capture: "environment" },
};

/** Longest recording made in the page; a longer file can be picked and trimmed. */
export const LONGEST_S: Readonly<Record<MediaKind, number>> = { photo: 0, sound: 180, video: 60 };
