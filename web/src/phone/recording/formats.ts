// What a browser can record and what to call it. Safari gives MP4 with AAC, Firefox only WebM and Ogg, Chromium WebM; the
// recorder's own mimeType may come back empty, and so may that of its first chunk.
import type { MediaKind } from "../kinds.ts";

const WISHES: Readonly<Record<"sound" | "video", readonly string[]>> = {
  // Level 4.0: a browser that takes the level at its word (WebKitGTK) records nothing of a 720p picture at 3.0.
  video: [
    "video/mp4;codecs=avc1.640028,mp4a.40.2",
    "video/mp4;codecs=avc1.42E028,mp4a.40.2",
    "video/webm;codecs=vp8,opus",
    "video/webm",
    "video/mp4",
  ],
  sound: ["audio/mp4;codecs=mp4a.40.2", "audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/webm", "audio/mp4"],
};

/** The first container this browser can record, or "" to let it choose. */
export function recordableType(kind: "sound" | "video"): string {
  return WISHES[kind].find((type) => MediaRecorder.isTypeSupported(type)) ?? "";
}

/** What these bytes are: what the browser says, else what they begin with. Never with codecs. */
export async function mediaTypeOf(bytes: Blob, said: string, kind: MediaKind): Promise<string> {
  const base = (said || bytes.type).split(";")[0]?.trim() ?? "";
  if (base) return base;
  const head = new Uint8Array(await bytes.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  const family = kind === "sound" ? "audio" : "video";
  if (head[0] === 0x1a && head[1] === 0x45) return `${family}/webm`;
  if (text.startsWith("OggS")) return `${family}/ogg`;
  if (text.slice(4, 8) === "ftyp") return kind === "photo" ? "image/heic" : `${family}/mp4`;
  if (head[0] === 0xff && head[1] === 0xd8) return "image/jpeg";
  return "application/octet-stream";
}

/** "video.webm": a name for a recording, which has none of its own. */
export function fileNameFor(kind: MediaKind, mediaType: string): string {
  const ending = mediaType.split("/")[1] ?? "bin";
  return `${kind}.${ending === "jpeg" ? "jpg" : ending}`;
}
