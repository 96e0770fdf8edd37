// What newer browsers have and TypeScript's library does not know yet: types only, and one look for each.

/** Chromium: in windows, pictures and sound. Safari 18: in workers only, pictures only. Firefox: nowhere. */
export interface TrackProcessor<Media> {
  readonly readable: ReadableStream<Media>;
}

type TrackProcessorMaker = new <Media>(init: {
  track: MediaStreamTrack;
  maxBufferSize?: number;
}) => TrackProcessor<Media>;

export function trackProcessor(scope: object = globalThis): TrackProcessorMaker | null {
  return (scope as { MediaStreamTrackProcessor?: TrackProcessorMaker }).MediaStreamTrackProcessor ?? null;
}

/** The part of a dedicated worker's global scope that is used here. */
export interface WorkerScope<In, Out> {
  onmessage: ((event: MessageEvent<In>) => void) | null;
  postMessage(word: Out, transfer?: Transferable[]): void;
}

/** What the browser tells of a picture of a `<video>` (requestVideoFrameCallback). */
export interface PictureNews {
  /** When the camera took it, on the page's clock, milliseconds; not every browser says. */
  readonly captureTime?: number;
}

export interface PictureCaller {
  requestVideoFrameCallback?(call: (nowMs: number, news: PictureNews) => void): number;
}
