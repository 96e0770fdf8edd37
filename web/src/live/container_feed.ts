// Tier d: the browser's own recorder makes a file in small pieces, and the pieces are the stream, or what is in them is. A late joiner needs the
// file's beginning, so the recorder begins anew every few seconds, and whenever somebody asks for a key picture. Not before its
// first piece, though: WebKit's comes after a second or more, and a file begun anew each time it is asked for would never come.
import { epochUs, type Feed, type Post, type Wanted } from "./feeding.ts";

const SLICE_MS = 40;
const ANEW_EVERY_MS = 10_000;
const ANEW_AT_MOST_EVERY_MS = 500;
const LOOK_EVERY_MS = 100;
/** A recorder that has given nothing by then gives nothing: some lack an encoder and say no word of it. */
const FIRST_WITHIN_MS = 8_000;

/** MP4 with Opus first: it can be taken apart into pictures and packets (fragments.ts), whose sound the stage knows. */
const WISHES = [
  "video/webm;codecs=vp8,opus",
  "video/webm",
  // Level 4.0: a browser that takes the level at its word (WebKitGTK) records nothing of a 720p picture at 3.0.
  "video/mp4;codecs=avc1.42E028,opus",
  "video/mp4;codecs=avc1.42E028,mp4a.40.2",
  "video/mp4",
];
const SOUND_WISHES = [
  "audio/webm;codecs=opus",
  "audio/mp4;codecs=opus",
  "audio/mp4;codecs=mp4a.40.2",
  "audio/webm",
  "audio/mp4",
];

/** What this browser's recorder is asked for; `only` keeps to one container, where there is that. */
export function recorderType(hasVideo: boolean, only: string | null): string {
  const can = (hasVideo ? WISHES : SOUND_WISHES).filter((type) => MediaRecorder.isTypeSupported(type));
  return can.find((type) => only !== null && type.includes(only)) ?? can[0] ?? "";
}

/** Whether its pieces are taken apart here; others go on as they are, one track whatever is in them. */
export const isTakenApart = (mimeType: string): boolean => mimeType.includes("mp4") && mimeType.includes("opus");

export interface ContainerFeed extends Feed {
  beginAnew(): void;
  /** Since when it has given nothing, though camera and microphone give something. */
  silentMs(): number;
}

/** `unable` is called, once, where no piece ever came. */
export function feedContainer(
  stream: MediaStream,
  mimeType: string,
  post: Post,
  wanted: Wanted,
  unable: (reason: string) => void,
): ContainerFeed {
  const isApart = isTakenApart(mimeType);
  let recorder: MediaRecorder | null = null;
  let begunMs = 0;
  let heardMs = performance.now();
  let posted = Promise.resolve();
  let isAsked = false;
  let hasFirst = false;
  let hasAny = false;

  const begin = () => {
    const made = new MediaRecorder(stream, {
      ...(mimeType ? { mimeType } : {}),
      videoBitsPerSecond: wanted.target.kbitsPerS * 1000,
      audioBitsPerSecond: 64_000,
      // Chromium writes a piece of MP4 with each key picture only: without this they would be seconds apart.
      ...({ videoKeyFrameIntervalDuration: 500 } as object),
    });
    const codec = (made.mimeType || mimeType).includes("mp4") ? "mp4" : "webm";
    let first = true;
    let isTorn = false;
    made.ondataavailable = ({ data }) => {
      if (!data.size || made !== recorder) return;
      const isFirst = first;
      first = false;
      if (isFirst) isAsked = false; // it is what was asked for
      heardMs = performance.now();
      hasFirst = hasAny = true;
      const takenAtEpochUs = epochUs();
      posted = posted.then(async () => {
        if (isTorn) return;
        const bytes = await data.arrayBuffer().catch(() => null);
        if (bytes && isApart) {
          post({ type: "file", first: isFirst, bytes, takenAtEpochUs }, [bytes]);
          return;
        }
        if (bytes) {
          post({ type: "container", codec, first: isFirst, bytes, takenAtEpochUs }, [bytes]);
          return;
        }
        // A piece that cannot be read leaves a hole that nothing after it closes: another file is begun.
        isTorn = isAsked = true;
      });
    };
    recorder = made;
    begunMs = performance.now();
    isAsked = hasFirst = false;
    made.start(SLICE_MS);
  };
  const isMuted = () => stream.getTracks().some((track) => track.muted);
  const stop = () => {
    const old = recorder;
    recorder = null;
    if (old && old.state !== "inactive") old.stop();
  };
  begin();
  const isDue = (ranMs: number) =>
    hasFirst
      ? (!isApart && ranMs > ANEW_EVERY_MS) || (isAsked && ranMs > ANEW_AT_MOST_EVERY_MS)
      : ranMs > FIRST_WITHIN_MS;
  const looking = setInterval(() => {
    const ranMs = performance.now() - begunMs;
    if (!wanted.video && !(isApart && wanted.audio)) {
      heardMs = performance.now();
      stop();
    } else if (recorder?.state !== "recording") {
      begin();
    } else if (isDue(ranMs)) {
      stop();
      if (hasAny || isMuted()) {
        begin();
        return;
      }
      clearInterval(looking);
      unable("this browser's recorder gives nothing; use another browser");
    }
  }, LOOK_EVERY_MS);
  return {
    beginAnew: () => {
      // One that is taken apart has a key picture every half second, and begins nowhere else.
      isAsked ||= !isApart;
    },
    silentMs: () => (isMuted() || document.visibilityState === "hidden" ? 0 : performance.now() - heardMs),
    close: () => {
      clearInterval(looking);
      stop();
    },
  };
}
