// The tracks of one stream: what each is, which of them somebody watches, and whether the hub has been told. Pure.
import type { Hello } from "../wire.ts";
import type { FileTrack } from "./fragments.ts";
import { AUDIO_TRACK, type Beginning, type DescribedTrack, VIDEO_TRACK } from "./words.ts";

/** How long the first track waits for the other before the hello goes without it. */
const COMPLETE_WITHIN_MS = 2_000;

const NO_DETAILS = {
  kind: "video",
  sampleRateHz: 0,
  channels: 0,
  annexb: true,
  rotation: 0,
  fullRange: null,
  matrix: null,
  description: "",
  packetMs: 0,
} as const;

export class Tracks {
  /** Whether the hub knows them as they are now, on the present connection. */
  isAnnounced = false;
  readonly #described = new Map<number, DescribedTrack>();
  readonly #sequences = new Map<number, number>();
  #wanted: ReadonlySet<number> = new Set([VIDEO_TRACK, AUDIO_TRACK]);
  #firstAtMs = 0;

  constructor(private readonly beginning: Pick<Beginning, "streamId" | "hasVideo" | "hasAudio">) {}

  /** Returns whether this is news. */
  describe(number: number, track: DescribedTrack): boolean {
    const before = this.#described.get(number);
    if (before && JSON.stringify(before) === JSON.stringify(track)) return false;
    if (!this.#described.size) this.#firstAtMs = performance.now();
    this.#described.set(number, track);
    return true;
  }

  /** A browser's own JPEG (JFIF): full range, BT.601. */
  describeStill(widthPx: number, heightPx: number): boolean {
    const colours = { fullRange: true, matrix: "smpte170m" } as const;
    return this.describe(VIDEO_TRACK, { ...NO_DETAILS, codec: "jpeg", widthPx, heightPx, ...colours });
  }

  /** A recorder's file in pieces: one track, whatever is in it. */
  describeContainer(codec: "webm" | "mp4"): boolean {
    return this.describe(VIDEO_TRACK, { ...NO_DETAILS, codec, widthPx: 0, heightPx: 0 });
  }

  /** What a recorder's file holds, once it is taken apart: H.264 with lengths, Opus. */
  describeRecorded(track: FileTrack): boolean {
    const { kind, codec, widthPx, heightPx, channels } = track;
    const description = btoa(String.fromCharCode(...track.description));
    if (kind === "video")
      return this.describe(VIDEO_TRACK, { ...NO_DETAILS, codec, widthPx, heightPx, annexb: false, description });
    const sound = { kind: "audio", codec, channels, sampleRateHz: 48_000, packetMs: 20 } as const;
    return this.describe(AUDIO_TRACK, { ...NO_DETAILS, ...sound, widthPx, heightPx });
  }

  isDescribed(number: number): boolean {
    return this.#described.has(number);
  }

  codec(number: number): string {
    return this.#described.get(number)?.codec ?? "";
  }

  /** Whether a hello can be said: every track is known, or has been waited for long enough. */
  isComplete(nowMs: number): boolean {
    const expected = Number(this.beginning.hasVideo) + Number(this.beginning.hasAudio);
    const { size } = this.#described;
    return size > 0 && (size >= expected || nowMs - this.#firstAtMs > COMPLETE_WITHIN_MS);
  }

  hello(): Hello {
    const tracks = [...this.#described].sort(([a], [b]) => a - b).map(([track, one]) => ({ track, ...one }));
    return { streamId: this.beginning.streamId, tracks };
  }

  wants(number: number): boolean {
    return this.#wanted.has(number);
  }

  /** Until the hub says otherwise, everything is wanted. */
  wantAll(): void {
    this.#wanted = new Set([VIDEO_TRACK, AUDIO_TRACK]);
  }

  /** Returns whether pictures are wanted now that were not before. */
  want(tracks: readonly number[]): boolean {
    const had = this.wants(VIDEO_TRACK);
    this.#wanted = new Set(tracks);
    return !had && this.wants(VIDEO_TRACK);
  }

  next(number: number): number {
    const sequence = this.#sequences.get(number) ?? 0;
    this.#sequences.set(number, (sequence + 1) & 0xffff);
    return sequence;
  }
}
