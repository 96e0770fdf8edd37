// What the page and its publishing worker say to each other, and what the hub says to a publisher.
import type { Problem, Track, Trouble } from "../wire.ts";
import type { Target } from "./pressure.ts";

export const VIDEO_TRACK = 0;
export const AUDIO_TRACK = 1;

/** The hub's words to a publisher (docs/protocol.md, "Live media"). */
export type HubWord =
  | { readonly type: "key" }
  | { readonly type: "want"; readonly tracks: readonly number[] }
  | Trouble
  /** The line loses packets: a second one beside it may be opened with this key. */
  | { readonly type: "second"; readonly key: string }
  /** Whether what is sent stalls again and again on its way. */
  | { readonly type: "uneven"; readonly isUneven: boolean }
  | ({ readonly type: "hint"; readonly packetMs: number } & Target);

export interface Beginning {
  readonly streamId: string;
  /** `wss://…/live/STREAM/publish` */
  readonly url: string;
  /** Which tracks there will be: the hello waits for all of them, for a while. */
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly target: Target;
  readonly packetMs: number;
  /** Opus where the browser can; else, and without this, plain samples. */
  readonly mayEncodeSound: boolean;
  /** Only this codec ("avc", "vp8"), for tests. */
  readonly videoCodec: string | null;
}

/** Page → worker. Streams, tracks, ports, frames and buffers are handed over, not copied. */
export type PageWord =
  | ({ readonly type: "begin" } & Beginning)
  /** Show time minus this machine's epoch time, microseconds. */
  | { readonly type: "clock"; readonly offsetUs: number }
  | { readonly type: "pictures"; readonly readable: ReadableStream<VideoFrame> }
  | { readonly type: "camera"; readonly track: MediaStreamTrack }
  | { readonly type: "picture"; readonly frame: VideoFrame; readonly takenAtEpochUs: number }
  | {
      readonly type: "still";
      readonly jpeg: ArrayBuffer;
      readonly width: number;
      readonly height: number;
      readonly takenAtEpochUs: number;
    }
  | { readonly type: "sound"; readonly readable: ReadableStream<AudioData> }
  | { readonly type: "pcm"; readonly port: MessagePort; readonly sampleRateHz: number }
  | {
      readonly type: "container";
      readonly codec: "webm" | "mp4";
      readonly first: boolean;
      readonly bytes: ArrayBuffer;
      readonly takenAtEpochUs: number;
    }
  /** A recorder's MP4 that can be taken apart: H.264, Opus. */
  | { readonly type: "file"; readonly first: boolean; readonly bytes: ArrayBuffer; readonly takenAtEpochUs: number }
  /** The camera gives no more for now (a call, a locked phone): what was read from before is let go. */
  | { readonly type: "pause" }
  /** Does the worker still answer? */
  | { readonly type: "beat" }
  /** The network may be back, or the page is seen again. */
  | { readonly type: "wake" }
  /** Other packets of sound from here on, as the stream goes on. */
  | { readonly type: "packets"; readonly packetMs: number }
  | { readonly type: "end" };

/** How the socket stands. `replaced`: another device with the same name took over. `refused`: the hub said no. */
export type PublishLine = "connecting" | "live" | "away" | "replaced" | "refused" | "ended";

export interface Figures {
  readonly kbitsPerS: number;
  readonly picturesPerS: number;
  /** How many pictures a second are wanted, and the line had room for. */
  readonly askedPerS: number;
  /** Pictures left out before they were encoded, since the beginning. */
  readonly dropped: number;
  readonly scale: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly codec: string;
  readonly packets: number;
}

/** What keeps a stream from the hall: its worker froze and is begun anew; nothing leaves this phone; it comes and cannot be shown; it stalls on its way. */
export type Hindrance = "frozen" | "still" | "not_shown" | "uneven";

/** Worker → page. */
export type WorkerWord =
  | { readonly type: "beat" }
  | { readonly type: "line"; readonly line: PublishLine; readonly problem: Problem | null }
  | { readonly type: "figures"; readonly figures: Figures }
  /** What the page itself has to keep to where it makes the pictures: which tracks, and how many and how large. */
  | { readonly type: "wanted"; readonly video: boolean; readonly audio: boolean; readonly target: Target }
  /** Whether the stage can show what comes. */
  | { readonly type: "shown"; readonly isShown: boolean }
  /** Whether bytes wait and none leaves. */
  | { readonly type: "still"; readonly isStill: boolean }
  /** Whether the hub sees it stall again and again. */
  | { readonly type: "uneven"; readonly isUneven: boolean }
  /** Somebody needs a key picture: only the recorder of the page can make one. */
  | { readonly type: "key" }
  /** This way does not work here: take the next one. */
  | { readonly type: "unable"; readonly what: "video" | "audio"; readonly reason: string };

export type DescribedTrack = Omit<Track, "track">;
