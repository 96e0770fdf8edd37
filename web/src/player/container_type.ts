/**
 * What is in a recorder's file: the MIME type that Media Source Extensions want, read from the file's first bytes. Pure.
 *
 * The hello says WebM or MP4 and no more, because phones' recorders do not say more themselves. The names of codecs stand in
 * the head of both kinds of file as plain letters.
 */

export type Container = "webm" | "mp4";

export const isContainer = (codec: string): codec is Container => codec === "webm" || codec === "mp4";

const NAMES: Readonly<Record<Container, Readonly<Record<string, string>>>> = {
  webm: { V_VP8: "vp8", V_VP9: "vp09.00.10.08", V_AV1: "av01.0.04M.08", A_OPUS: "opus" },
  mp4: { vp09: "vp09.00.10.08", av01: "av01.0.04M.08", mp4a: "mp4a.40.2", Opus: "opus" },
};
const SOUND = new Set(["opus", "mp4a.40.2"]);

/** Null where the head does not say it yet: more of the file is needed. */
export function containerType(container: Container, head: Uint8Array): string | null {
  const letters = new TextDecoder("latin1").decode(head);
  if (container === "mp4" && !letters.includes("moov")) return null;
  const avc = avcProfile(container, head, letters);
  if (avc === "") return null;
  const named = Object.entries(NAMES[container]).flatMap(([name, codec]) => (letters.includes(name) ? [codec] : []));
  const codecs = avc ? [avc, ...named] : named;
  if (codecs.length === 0) return null;
  const kind = codecs.every((codec) => SOUND.has(codec)) ? "audio" : "video";
  return `${kind}/${container}; codecs="${codecs.join(", ")}"`;
}

/** H.264 with its profile and level; null where there is none, empty where it is cut in the middle. */
function avcProfile(container: Container, head: Uint8Array, letters: string): string | null {
  if (container === "webm") return letters.includes("V_MPEG4/ISO/AVC") ? "avc1.42e01f" : null;
  const at = letters.indexOf("avcC");
  if (at < 0) return null;
  // configurationVersion, then the three bytes that the codec's name spells.
  const bytes = [...head.subarray(at + 5, at + 8)];
  if (bytes.length < 3) return "";
  return `avc1.${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
