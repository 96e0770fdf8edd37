// How pictures and sound leave the page, one way for each tier. Each feed runs until closed and keeps nothing: what the worker
// does not want it throws away itself. Data runs track → here → worker.
import { type PictureCaller, type PictureNews, trackProcessor } from "./browser.ts";
import type { Tier } from "./ladder.ts";
import { fitted, type Target } from "./pressure.ts";
import { Pace } from "./stamps.ts";
import type { PageWord } from "./words.ts";

export type Post = (word: PageWord, transfer?: Transferable[]) => void;

export interface Feed {
  close(): void;
}

/** What the hub wants and the line carries, where the page itself makes the pictures. */
export interface Wanted {
  video: boolean;
  audio: boolean;
  target: Target;
}

const MOST_STILLS_PER_S = 15;
const STILL_QUALITY = 0.6;

export const epochUs = (pageMs: number = performance.now()): number => (performance.timeOrigin + pageMs) * 1000;

/** Feed the pictures of a track. The track is the feed's own from here on. */
export function feedPictures(tier: Tier, track: MediaStreamTrack, post: Post, wanted: Wanted): Feed {
  if (tier === "a") return readInPage(track, post);
  if (tier === "a2") return handOver(track, post);
  const video = watching(track);
  const feed = tier === "c" ? drawStills(video, post, wanted) : takePictures(video, post, wanted);
  return {
    close: () => {
      feed.close();
      video.srcObject = null;
      video.remove();
      track.stop();
    },
  };
}

function readInPage(track: MediaStreamTrack, post: Post): Feed {
  const Processor = trackProcessor();
  if (!Processor) throw new Error("expected MediaStreamTrackProcessor, which tier a is chosen by");
  const { readable } = new Processor<VideoFrame>({ track, maxBufferSize: 1 });
  post({ type: "pictures", readable }, [readable]);
  return { close: () => track.stop() };
}

function handOver(track: MediaStreamTrack, post: Post): Feed {
  // Tracks travel in WebKit only; there the types of the others are wrong.
  post({ type: "camera", track }, [track as unknown as Transferable]);
  return { close: () => undefined };
}

/** A small playing `<video>`; one that is not in the page gives no pictures on some phones. */
function watching(track: MediaStreamTrack): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = video.playsInline = video.autoplay = true;
  video.className = "unseen";
  video.setAttribute("aria-hidden", "true");
  video.srcObject = new MediaStream([track]);
  document.body.append(video);
  void video.play().catch(() => undefined);
  return video;
}

function takePictures(video: HTMLVideoElement, post: Post, wanted: Wanted): Feed {
  const pace = new Pace();
  return eachPicture(video, (takenMs) => {
    const takenAtEpochUs = epochUs(takenMs);
    if (!pace.admits(takenAtEpochUs, wanted.target.picturesPerS)) return;
    const frame = new VideoFrame(video, { timestamp: Math.round(takenMs * 1000) });
    post({ type: "picture", frame, takenAtEpochUs }, [frame]);
  });
}

function drawStills(video: HTMLVideoElement, post: Post, wanted: Wanted): Feed {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { alpha: false });
  const pace = new Pace();
  let isBusy = false;
  let isFirst = true;
  return eachPicture(video, (takenMs) => {
    const takenAtEpochUs = epochUs(takenMs);
    if (isBusy || !(wanted.video || isFirst)) return;
    if (!pace.admits(takenAtEpochUs, Math.min(MOST_STILLS_PER_S, wanted.target.picturesPerS))) return;
    const { width, height } = fitted(video.videoWidth, video.videoHeight, wanted.target.heightPx);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context?.drawImage(video, 0, 0, width, height);
    isBusy = true;
    isFirst = false;
    canvas.toBlob(
      (blob) => {
        void blob?.arrayBuffer().then((jpeg) => {
          post({ type: "still", jpeg, width, height, takenAtEpochUs }, [jpeg]);
        });
        isBusy = false;
      },
      "image/jpeg",
      STILL_QUALITY,
    );
  });
}

/** Call for each new picture of a playing video, with the time it was taken on the page's clock. */
function eachPicture(video: HTMLVideoElement & PictureCaller, call: (takenMs: number) => void): Feed {
  let isOpen = true;
  let shownS = -1;
  const next = () => {
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(taken);
    else requestAnimationFrame(look);
  };
  const taken = (nowMs: number, news: PictureNews) => {
    if (!isOpen) return;
    next();
    if (video.videoWidth) call(news.captureTime || nowMs);
  };
  const look = (nowMs: number) => {
    if (!isOpen) return;
    next();
    if (!video.videoWidth || video.currentTime === shownS) return;
    shownS = video.currentTime;
    call(nowMs);
  };
  next();
  return {
    close: () => {
      isOpen = false;
    },
  };
}

/** Feed the sound of a track, which stays the caller's: muting it mutes the stream. */
export async function feedSound(tier: Tier, track: MediaStreamTrack, post: Post, worklet: string): Promise<Feed> {
  const Processor = tier === "a" && "AudioEncoder" in globalThis ? trackProcessor() : null;
  if (Processor) {
    const { readable } = new Processor<AudioData>({ track });
    post({ type: "sound", readable }, [readable]);
    return { close: () => undefined };
  }
  return listen(track, post, worklet);
}

async function listen(track: MediaStreamTrack, post: Post, worklet: string): Promise<Feed> {
  const stream = new MediaStream([track]);
  const { context, source } = contextFor(stream);
  const wake = () => void context.resume().catch(() => undefined);
  wake();
  await context.audioWorklet.addModule(worklet);
  const listener = new AudioWorkletNode(context, "houselights-listener", { numberOfOutputs: 0 });
  const { port1, port2 } = new MessageChannel();
  listener.port.postMessage(port1, [port1]);
  post({ type: "pcm", port: port2, sampleRateHz: context.sampleRate }, [port2]);
  source.connect(listener);
  // A context that began without a tap, or that a call suspended, starts with the next touch.
  for (const event of ["pointerdown", "visibilitychange"]) document.addEventListener(event, wake);
  return {
    close: () => {
      for (const event of ["pointerdown", "visibilitychange"]) document.removeEventListener(event, wake);
      source.disconnect();
      void context.close().catch(() => undefined);
    },
  };
}

/** At 48 kHz, as the stage has it; Firefox takes a microphone only at the sound card's own rate. */
function contextFor(stream: MediaStream): { context: AudioContext; source: MediaStreamAudioSourceNode } {
  const context = new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    void context.close();
    const own = new AudioContext({ latencyHint: "interactive" });
    return { context: own, source: own.createMediaStreamSource(stream) };
  }
}
