/**
 * A stream (the program, or a guest) on a canvas: a feed, the tracks that fit this browser, a screen. No element, no markup.
 *
 * Data runs feed → track → screen. `playing` turns false when no picture came for a while, whatever the reason.
 */

import type { Hello } from "../wire.ts";
import { type Container, isContainer } from "./container_type.ts";
import { Feed, watchUrl } from "./feed.ts";
import { JpegTrack } from "./jpeg_track.ts";
import type { MediaPacket } from "./packets.ts";
import { canPlayRecordings, RecorderTrack } from "./recorder_track.ts";
import { Restraint } from "./restraint.ts";
import { Screen } from "./screen.ts";
import { canSound, SoundTrack } from "./sound_track.ts";
import { VideoTrack } from "./video_track.ts";

/** The last picture stays this long: a stage or a hub that is back by then was never missed. */
const STILL_PLAYING_MS = 4000;
const JPEG_TRACK = 2;
/** A phone without WebCodecs sends its pictures as JPEG, in the place of video. */
const GUEST_TRACKS = "?tracks=0,1";
/** A page that is there for more than pictures gives them this part of its time. */
export const MODEST_SHARE = 0.25;

export interface ProgramListener {
  playing(on: boolean): void;
  /** This way of playing does not work here. */
  unsupported(): void;
}

export class Program {
  readonly #feed: Feed;
  readonly #screen: Screen;
  readonly #video: VideoTrack | null;
  readonly #jpeg: JpegTrack | null;
  /** Where the stream is a recorder's file, pictures and sound are both in it. */
  #recorder: RecorderTrack | null = null;
  #sound: SoundTrack | null = null;
  #isHeard = false;
  #hello: Hello | null = null;
  #stopped = 0;
  #playing = false;

  constructor(
    canvas: HTMLCanvasElement,
    kind: "webcodecs" | "jpeg",
    private readonly listener: ProgramListener,
    stream = "program",
    share = 1,
  ) {
    this.#screen = new Screen(
      canvas,
      () => this.#sound?.heardUs() ?? null,
      new Restraint(share),
      () => this.#drew(),
    );
    this.#video = kind === "webcodecs" ? this.#videoTrack() : null;
    const isGuest = stream !== "program";
    const tracks = isGuest ? GUEST_TRACKS : kind === "jpeg" ? `?tracks=${JPEG_TRACK}` : "";
    this.#jpeg = isGuest || kind === "jpeg" ? new JpegTrack((bitmap) => this.#screen.showBitmap(bitmap)) : null;
    this.#feed = new Feed(watchUrl(stream, tracks), {
      hello: (hello) => this.#greet(hello),
      packet: (packet) => this.#take(packet),
    });
    this.#feed.open();
  }

  get drawn(): number {
    return this.#screen.drawn;
  }

  /** Sound may be turned on from a click only. */
  setSound(on: boolean): void {
    this.#isHeard = on;
    this.#recorder?.setSound(on);
    this.#sound?.close();
    this.#sound = on && canSound() ? new SoundTrack() : null;
    const track = this.#hello?.tracks.find(({ kind }) => kind === "audio");
    if (track) this.#sound?.configure(track);
  }

  close(): void {
    clearTimeout(this.#stopped);
    this.#feed.close();
    this.#video?.close();
    this.#recorder?.close();
    this.#sound?.close();
    this.#screen.close();
  }

  #videoTrack(): VideoTrack {
    return new VideoTrack({
      picture: (frame, capturedUs) => this.#screen.show(frame, capturedUs),
      needKey: () => this.#feed.askKey(),
      unsupported: () => this.listener.unsupported(),
    });
  }

  #greet(hello: Hello): void {
    this.#hello = hello;
    const video = hello.tracks.find(({ kind, codec }) => kind === "video" && codec !== "jpeg");
    const audio = hello.tracks.find(({ kind }) => kind === "audio");
    this.#recorder?.close();
    this.#recorder = null;
    this.#screen.turnedDegrees = video?.rotation ?? 0;
    if (video && isContainer(video.codec)) this.#openRecorder(video.codec);
    else if (video && this.#video) void this.#video.configure(video);
    else if (video && !hello.tracks.some(({ codec }) => codec === "jpeg")) this.listener.unsupported();
    if (audio) this.#sound?.configure(audio);
  }

  #take(packet: MediaPacket): void {
    const track = this.#hello?.tracks.find((one) => one.track === packet.track);
    if (track?.kind === "audio") this.#sound?.take(packet);
    else if (track?.codec === "jpeg") this.#jpeg?.take(packet);
    else if (track && isContainer(track.codec)) this.#recorder?.take(packet);
    else if (track) this.#video?.take(packet);
  }

  #openRecorder(container: Container): void {
    if (!canPlayRecordings()) {
      this.listener.unsupported();
      return;
    }
    this.#recorder = new RecorderTrack(container, {
      picture: (video) => this.#screen.showVideo(video),
      needKey: () => this.#feed.askKey(),
      unsupported: () => this.listener.unsupported(),
    });
    this.#recorder.setSound(this.#isHeard);
  }

  #drew(): void {
    clearTimeout(this.#stopped);
    this.#stopped = window.setTimeout(() => this.#setPlaying(false), STILL_PLAYING_MS);
    this.#setPlaying(true);
  }

  #setPlaying(on: boolean): void {
    if (on === this.#playing) return;
    this.#playing = on;
    this.listener.playing(on);
  }
}
