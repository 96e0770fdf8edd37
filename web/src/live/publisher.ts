// A stream on air, as the page sees it: give it a camera and a microphone, watch how it stands. It starts the worker, feeds it
// by the tier that fits this browser, steps down the ladder where one fails, and puts another worker in the place of one that
// froze. No markup, no permissions asked here.
import { Watchable } from "../shared/watchable.ts";
import type { Problem, Wants } from "../wire.ts";
import { type ContainerFeed, feedContainer, isTakenApart, recorderType } from "./container_feed.ts";
import { epochUs, type Feed, feedPictures, feedSound, type Post, type Wanted } from "./feeding.ts";
import { abilities, nextTier, type Tier } from "./ladder.ts";
import type { Target } from "./pressure.ts";
import { Pulse, TICK_MS } from "./pulse.ts";
import { Remedies, type Remedy } from "./remedies.ts";
import { publishUrl } from "./socket.ts";
import type { Figures, Hindrance, PublishLine, WorkerWord } from "./words.ts";

/** What is aimed at before the hub's first hint. */
export const FIRST_TARGET: Target = { kbitsPerS: 800, picturesPerS: 30, heightPx: 360 };
/** From here on nothing is mended: the stream is another's, or nobody's. */
const OVER: ReadonlySet<PublishLine> = new Set(["replaced", "refused", "ended"]);

export interface ShowClock {
  readonly isSynchronised: boolean;
  nowUs(): number;
}

export interface PublisherOptions {
  readonly streamId: string;
  readonly wants: Wants;
  readonly tier: Tier;
  readonly clock: ShowClock;
  /** The addresses of the built worker and worklet. */
  readonly files: { readonly worker: string; readonly worklet: string };
  readonly target?: Target;
  /** 10 for performers. */
  readonly packetMs?: number;
  /** Only this codec ("avc", "vp8"), for tests. */
  readonly videoCodec?: string | null;
}

export class Publisher extends Watchable {
  line: PublishLine = "connecting";
  problem: Problem | null = null;
  figures: Figures | null = null;
  /** The way that is gone now; "e": none is left. */
  tier: Tier;
  readonly wants: Wants;

  readonly #options: PublisherOptions;
  #packetMs: number;
  readonly #pulse = new Pulse();
  readonly #remedies = new Remedies();
  readonly #ticking: ReturnType<typeof setInterval>;
  #worker: Worker;
  #isShown = true;
  #isThawing = false;
  #isStill = false;
  #isUneven = false;
  /** Where what came could not be shown: another encoder than the best. */
  #otherCodec: string | null = null;
  readonly #wanted: Wanted;
  #stream: MediaStream | null = null;
  #feeds: Feed[] = [];
  #container: ContainerFeed | null = null;
  #hasBegun = false;
  /** Counts the feedings: a worklet that is ready too late belongs to none. */
  #feeding = 0;

  constructor(options: PublisherOptions) {
    super();
    this.#options = options;
    this.#packetMs = options.packetMs ?? 20;
    this.tier = options.tier;
    this.wants = options.wants;
    this.#wanted = { video: true, audio: true, target: options.target ?? FIRST_TARGET };
    this.#worker = this.#beginWorker();
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
    for (const event of ["online", "pageshow"]) addEventListener(event, this.#wake);
    for (const event of ["online", "offline"]) addEventListener(event, this.#networkChanged);
    document.addEventListener("visibilitychange", this.#wake);
    this.#tellClock();
  }

  /** What keeps it from the hall though the line stands; null: nothing. */
  get hindrance(): Hindrance | null {
    if (this.#isThawing) return "frozen";
    if (this.line === "live" && (this.#isStill || !navigator.onLine)) return "still";
    if (!this.#isShown) return "not_shown";
    return this.#isUneven ? "uneven" : null;
  }

  /** For how long the recorder whose pieces are the stream has given nothing; 0 on other ways. */
  get recorderSilentMs(): number {
    return this.#container?.silentMs() ?? 0;
  }

  /** Publish these from here on; null: nothing for now. The tracks stay the caller's. */
  setStream(stream: MediaStream | null): void {
    if (stream === this.#stream) return;
    this.#stream = stream;
    this.#feed();
  }

  /** Shorter or longer packets of sound, from the next one on; the stream goes on. */
  setPacketMs(packetMs: number): void {
    if (packetMs === this.#packetMs) return;
    this.#packetMs = packetMs;
    this.#post({ type: "packets", packetMs });
  }

  close(): void {
    clearInterval(this.#ticking);
    for (const event of ["online", "pageshow"]) removeEventListener(event, this.#wake);
    for (const event of ["online", "offline"]) removeEventListener(event, this.#networkChanged);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#stopFeeding();
    this.#post({ type: "end" });
    // The worker says goodbye to the hub first.
    const worker = this.#worker;
    setTimeout(() => worker.terminate(), 500);
    this.line = "ended";
    this.changed();
  }

  readonly #post: Post = (word, transfer = []) => this.#worker.postMessage(word, transfer);

  readonly #wake = (): void => {
    if (document.visibilityState === "visible") this.#post({ type: "wake" });
  };

  readonly #networkChanged = (): void => this.changed();

  #beginWorker(): Worker {
    const worker = new Worker(this.#options.files.worker);
    worker.onmessage = ({ data }: MessageEvent<WorkerWord>) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = () => this.#giveUp("the publishing part of this page did not load; reload the page");
    this.#pulse.begin();
    return worker;
  }

  #tick(): void {
    this.#tellClock();
    this.#post({ type: "beat" });
    if (OVER.has(this.line)) return;
    const nowMs = performance.now();
    if (this.#pulse.tick(nowMs)) this.#thaw(this.#remedies.frozen(nowMs));
    // Without a line nobody can see whether it is shown.
    const remedy = this.line === "live" ? this.#remedies.look(this.#isShown, nowMs) : null;
    if (remedy) this.#mend(remedy);
  }

  /** The worker does not answer: another one goes on as the same stream. */
  #thaw(remedy: Remedy): void {
    this.#isThawing = true;
    this.#worker.terminate();
    this.#worker = this.#beginWorker();
    this.#tellClock();
    this.#mend(remedy);
  }

  #mend(remedy: Remedy): void {
    const below = nextTier(this.tier, abilities());
    if (remedy === "down" && below !== "e") this.tier = below;
    else if (!this.#isShown && this.figures?.codec.startsWith("avc")) this.#otherCodec = "vp8";
    this.line = "connecting";
    if (this.#hasBegun) {
      this.#begin();
      this.#feed();
    }
    this.changed();
  }

  /** Times are worth nothing before the show's clock is known: nothing is published until then. */
  #tellClock(): void {
    const { clock } = this.#options;
    if (!clock.isSynchronised) return;
    this.#post({ type: "clock", offsetUs: clock.nowUs() - epochUs() });
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#begin();
    this.#feed();
  }

  #begin(): void {
    const { streamId, wants, target = FIRST_TARGET, videoCodec = null } = this.#options;
    this.#isStill = false;
    const isContainer = this.tier === "d" && !isTakenApart(this.#recorderType);
    this.#post({
      type: "begin",
      streamId,
      url: publishUrl(streamId),
      hasVideo: wants !== "microphone" || isContainer,
      hasAudio: wants !== "camera" && !isContainer,
      target,
      packetMs: this.#packetMs,
      mayEncodeSound: this.tier !== "c",
      videoCodec: videoCodec ?? this.#otherCodec,
    });
  }

  /** What a recorder would be asked for here. */
  get #recorderType(): string {
    const hasVideo = this.#stream ? this.#stream.getVideoTracks().length > 0 : this.wants !== "microphone";
    return recorderType(hasVideo, this.#options.videoCodec ?? this.#otherCodec);
  }

  #feed(): void {
    this.#stopFeeding();
    const stream = this.#stream;
    if (!stream || !this.#hasBegun || this.tier === "e") return;
    const [camera] = stream.getVideoTracks();
    const [microphone] = stream.getAudioTracks();
    if (this.tier === "d") {
      const unable = (reason: string) => this.#stepDown(reason);
      this.#container = feedContainer(stream, this.#recorderType, this.#post, this.#wanted, unable);
      this.#feeds.push(this.#container);
      return;
    }
    if (camera) this.#feedCamera(camera);
    if (microphone) void this.#feedMicrophone(microphone);
  }

  /** The stream gets a smaller picture than the recording: a copy of the track with wishes of its own. */
  #feedCamera(camera: MediaStreamTrack): void {
    const track = camera.clone();
    const { heightPx, picturesPerS } = this.#wanted.target;
    const wish = {
      height: { ideal: heightPx },
      width: { ideal: Math.round((heightPx * 16) / 9) },
      frameRate: { ideal: picturesPerS },
    };
    // Where it is not granted the encoder makes the picture smaller.
    void track.applyConstraints(wish).catch(() => undefined);
    try {
      this.#feeds.push(feedPictures(this.tier, track, this.#post, this.#wanted));
    } catch (error) {
      track.stop();
      this.#stepDown(String(error));
    }
  }

  async #feedMicrophone(microphone: MediaStreamTrack): Promise<void> {
    const feeding = this.#feeding;
    try {
      const feed = await feedSound(this.tier, microphone, this.#post, this.#options.files.worklet);
      if (feeding === this.#feeding) this.#feeds.push(feed);
      else feed.close();
    } catch (error) {
      this.problem = { code: "bad_media", message: `The microphone cannot be read: ${error}`, retryAfterS: null };
      this.changed();
    }
  }

  #stopFeeding(): void {
    this.#feeding += 1;
    for (const feed of this.#feeds) feed.close();
    this.#feeds = [];
    this.#container = null;
    this.#post({ type: "pause" });
  }

  #hear(word: WorkerWord): void {
    this.#pulse.heard(); // whatever it says
    switch (word.type) {
      case "line":
        this.line = word.line;
        this.problem = word.problem;
        this.#isUneven = false; // on a new line it is told anew
        if (word.line === "replaced" || word.line === "refused") this.#stopFeeding();
        break;
      case "beat":
        return;
      case "figures":
        this.figures = word.figures;
        this.#isThawing = false;
        break;
      case "shown":
        this.#isShown = word.isShown;
        break;
      case "still":
        this.#isStill = word.isStill;
        break;
      case "uneven":
        this.#isUneven = word.isUneven;
        break;
      case "wanted":
        Object.assign(this.#wanted, { video: word.video, audio: word.audio, target: word.target });
        break;
      case "key":
        this.#container?.beginAnew();
        break;
      case "unable":
        this.#stepDown(word.reason);
    }
    this.changed();
  }

  #stepDown(reason: string): void {
    this.tier = nextTier(this.tier, abilities());
    if (this.tier === "e") {
      this.#giveUp(reason);
      return;
    }
    if (!this.#hasBegun) return;
    this.#begin();
    this.#feed();
  }

  #giveUp(reason: string): void {
    this.tier = "e";
    this.line = "refused";
    this.problem = { code: "unavailable", message: reason, retryAfterS: null };
    this.#stopFeeding();
    this.changed();
  }
}
