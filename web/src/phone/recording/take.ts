// One take: bytes that a person recorded or picked, before they decided to send them.

import type { MediaKind } from "../kinds.ts";
import type { Take } from "../outbox/draft.ts";
import { fileNameFor, mediaTypeOf } from "./formats.ts";
import type { Recording } from "./recording.ts";

const NO_ROOM = "This phone has no room to record. Delete something, or leave private browsing, and try again.";
const NO_MORE_ROOM = "This phone has no room for more. What was recorded until then is kept.";

export async function takeOfFile(kind: MediaKind, file: File): Promise<Take> {
  const mediaType = await mediaTypeOf(file, file.type, kind);
  return {
    kind,
    bytes: file,
    mediaType,
    fileName: file.name || fileNameFor(kind, mediaType),
    durationS: null,
    warning: "",
    draftId: null,
  };
}

/** Take the picture that the viewfinder shows now. */
export async function takePhoto(viewfinder: HTMLVideoElement): Promise<Take> {
  const canvas = document.createElement("canvas");
  canvas.width = viewfinder.videoWidth;
  canvas.height = viewfinder.videoHeight;
  canvas.getContext("2d")?.drawImage(viewfinder, 0, 0);
  const bytes = await new Promise<Blob | null>((give) => canvas.toBlob(give, "image/jpeg", 0.92));
  if (!bytes?.size) throw new Error("the camera gave no picture");
  const mediaType = "image/jpeg";
  return { kind: "photo", bytes, mediaType, fileName: "photo.jpg", durationS: null, warning: "", draftId: null };
}

/** What a recording came to: `draftId` is where it lies. */
export async function takeOfRecording(kind: "sound" | "video", { spool, elapsedS }: Recording): Promise<Take> {
  const bytes = await spool.bytes();
  const { mediaType } = spool;
  const warning = spool.trouble ? (bytes.size ? NO_MORE_ROOM : NO_ROOM) : "";
  return {
    kind,
    bytes,
    mediaType,
    fileName: fileNameFor(kind, mediaType),
    durationS: elapsedS,
    warning,
    draftId: spool.id,
  };
}
