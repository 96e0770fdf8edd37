// One stream on its way to the hub, in the worker: encoders above, the socket below, and between them the decision what is
// worth sending. Pictures are dropped before they are encoded: when nobody watches, when the encoder is behind, when the
// socket backs up. Knows no page and no tracks; `sources.ts` feeds it.
import { LOOK_EVERY_MS } from "./encoder_pulse.ts";
import type { FileTrack, Sample } from "./fragments.ts";
import { pack, type Unit } from "./packing.ts";
import { PictureEncoder } from "./picture_encoder.ts";
import { Pressure, type Target, turnedDown } from "./pressure.ts";
import { SecondLine } from "./second_line.ts";
import { PublishSocket } from "./socket.ts";
import { type Block, SoundEncoder } from "./sound_encoder.ts";
import { Pace } from "./stamps.ts";
import { Tracks } from "./tracks.ts";
import { AUDIO_TRACK, type Beginning, type HubWord, VIDEO_TRACK, type WorkerWord } from "./words.ts";

const KEY_EVERY_US = 2_000_000;
const FIGURES_EVERY_LOOKS = 4;
const USUAL_PACKET_MS = 20;
/** Nothing left for so long: the person is told, long before the line is given up. */
const STILL_MS = 1_500;
/** Sound is small and comes first; past this even it is left out until the line moves again. */
const MOST_SOUND_WAITING_BYTES = 512 * 1024;
/** So much may wait in a first line that stands still while the second one moves. */
const MOST_BEHIND_BYTES = 512 * 1024;

export class Publication {
  /** Show time minus this machine's epoch time, microseconds. */
  offsetUs = 0;
  readonly #socket: PublishSocket;
  readonly #second: SecondLine;
  readonly #tracks: Tracks;
  readonly #pictures: PictureEncoder;
  readonly #sound: SoundEncoder;
  readonly #pressure = new Pressure();
  readonly #pace = new Pace();
  readonly #looking: ReturnType<typeof setInterval>;
  readonly #say: (word: WorkerWord) => void;
  #shortest: number;
  #hintedMs = USUAL_PACKET_MS;
  #asked: Target;
  #target: Target;
  #isStarted = false;
  #needsKey = true;
  #lastKeyUs = 0;
  #isContainerCut = false;
  #looks = 0;
  #secondMovedAtMs = 0;
  #isStill = false;
  /** The loudest sample since the level was told. */
  #peak = 0;
  #refused = 0;
  #counted = { packets: 0, bytes: 0, pictures: 0, allPackets: 0 };

  constructor(beginning: Beginning, say: (word: WorkerWord) => void) {
    this.#say = say;
    this.#asked = this.#target = beginning.target;
    this.#shortest = shortestOf(beginning.packetMs);
    this.#tracks = new Tracks(beginning);
    this.#socket = new PublishSocket(beginning.url, {
      opened: () => this.#opened(),
      word: (word) => this.#hear(word),
      line: (line, problem) => {
        this.#second.close();
        say({ type: "line", line, problem });
      },
    });
    this.#second = new SecondLine(beginning.url);
    this.#pictures = new PictureEncoder(beginning.videoCodec, {
      described: (track) => this.#announce(this.#tracks.describe(VIDEO_TRACK, track)),
      unit: (chunk) => this.#sendPicture(chunk.type === "key", chunk.timestamp, chunk),
      unable: (reason) => say({ type: "unable", what: "video", reason }),
    });
    this.#sound = new SoundEncoder(beginning.packetMs, beginning.mayEncodeSound, {
      described: (track) => this.#announce(this.#tracks.describe(AUDIO_TRACK, track)),
      unit: (payload, capturedUs) => this.#send({ track: AUDIO_TRACK, key: true, capturedUs, payload }),
    });
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  nowUs(): number {
    return (performance.timeOrigin + performance.now()) * 1000 + this.offsetUs;
  }

  /** Encode and send a picture where it is wanted and there is room; closes it. */
  takePicture(frame: VideoFrame, capturedUs: number): void {
    try {
      if (!this.#wantsPicture(capturedUs)) return;
      const isKey = this.#needsKey || capturedUs - this.#lastKeyUs >= KEY_EVERY_US;
      if (!this.#pictures.encode(frame, capturedUs, isKey, this.#target)) return;
      if (isKey) {
        this.#needsKey = false;
        this.#lastKeyUs = capturedUs;
      }
    } finally {
      frame.close();
    }
  }

  /** A picture that is encoded already, and needs no other. */
  takeStill(jpeg: ArrayBuffer, width: number, height: number, capturedUs: number): void {
    this.#announce(this.#tracks.describeStill(width, height));
    if (this.#wantsPicture(capturedUs)) this.#sendPicture(true, capturedUs, jpeg);
  }

  takeSound(block: Block): void {
    for (const channel of block.channels) {
      for (const sample of channel) this.#peak = Math.max(this.#peak, Math.abs(sample));
    }
    const isWanted = this.#tracks.wants(AUDIO_TRACK) || !this.#tracks.isDescribed(AUDIO_TRACK);
    if (isWanted) this.#sound.take(block);
  }

  /** A piece of a recorder's file. Cut once, the rest is worthless until the recorder begins again. */
  takeContainer(codec: "webm" | "mp4", isFirst: boolean, bytes: ArrayBuffer, capturedUs: number): void {
    this.#announce(this.#tracks.describeContainer(codec));
    if (isFirst) this.#isContainerCut = false;
    else if (this.#isContainerCut) return;
    const hasRoom = this.#pressure.admits(this.#waitingBytes / 4, this.#target.kbitsPerS);
    if (hasRoom && this.#tracks.isAnnounced && this.#socket.isOpen) {
      this.#sendPicture(isFirst, capturedUs, bytes);
      return;
    }
    this.#isContainerCut = true;
    if (hasRoom && this.#socket.isOpen) this.#say({ type: "key" });
  }

  /** What a recorder's file holds, which is about to come by `takeRecorded`. */
  describeRecorded(tracks: readonly FileTrack[]): void {
    for (const track of tracks) this.#announce(this.#tracks.describeRecorded(track));
  }

  /** A picture or a packet of sound that the recorder encoded: pictures cut once are worthless up to the next key picture. */
  takeRecorded({ kind, key, payload }: Sample, capturedUs: number): void {
    if (kind === "audio") {
      if (this.#tracks.wants(AUDIO_TRACK)) this.#send({ track: AUDIO_TRACK, key: true, capturedUs, payload });
      return;
    }
    if (key) this.#isContainerCut = false;
    const isWanted = this.#tracks.wants(VIDEO_TRACK) && this.#tracks.isAnnounced && this.#socket.isOpen;
    const hasRoom = isWanted && this.#pressure.admits(this.#waitingBytes, this.#target.kbitsPerS);
    this.#isContainerCut ||= !hasRoom;
    if (!this.#isContainerCut) this.#sendPicture(key, capturedUs, payload);
  }

  /** Other pictures than before are to come. */
  interrupt(): void {
    this.#needsKey = true;
  }

  wake(): void {
    this.#needsKey = true;
    if (this.#isStarted) this.#socket.wake();
  }

  /** The wish of this phone, as in the beginning. */
  setPacketMs(packetMs: number): void {
    this.#shortest = shortestOf(packetMs);
    this.#keepPackets();
  }

  close(): void {
    clearInterval(this.#looking);
    this.#pictures.close();
    this.#sound.close();
    this.#second.close();
    this.#socket.close();
  }

  #wantsPicture(capturedUs: number): boolean {
    // The hello tells the colours, which only the first encoded picture tells.
    if (!this.#tracks.isDescribed(VIDEO_TRACK)) return this.#pictures.hasRoom();
    if (!this.#tracks.wants(VIDEO_TRACK) || !this.#socket.isOpen || !this.#tracks.isAnnounced) return false;
    if (!this.#pace.admits(capturedUs, this.#target.picturesPerS)) return false;
    if (!this.#pictures.hasRoom()) {
      this.#pressure.isBusy();
      return false;
    }
    return this.#pressure.admits(this.#waitingBytes, this.#target.kbitsPerS);
  }

  /** A first line that stands still is no lack of room where the second one moves, but not without end. */
  get #waitingBytes(): number {
    const first = this.#socket.waitingBytes;
    return first > MOST_BEHIND_BYTES ? first : Math.min(first, this.#second.waitingBytes);
  }

  #sendPicture(key: boolean, capturedUs: number, payload: Unit["payload"]): void {
    this.#counted.pictures += 1;
    this.#send({ track: VIDEO_TRACK, key, capturedUs, payload });
  }

  #send(unit: Unit): void {
    if (!this.#socket.isOpen || !this.#tracks.isAnnounced || !this.#tracks.isDescribed(unit.track)) return;
    if (unit.track === AUDIO_TRACK && this.#waitingBytes > MOST_SOUND_WAITING_BYTES) return;
    const message = pack(unit, this.#tracks.next(unit.track), this.nowUs());
    this.#socket.send(message);
    this.#second.send(message);
    this.#counted.packets += 1;
    this.#counted.allPackets += 1;
    this.#counted.bytes += message.byteLength;
  }

  /** Say what is coming, where that is news. Nothing is opened before: the hub waits for a hello only so long. */
  #announce(isNews: boolean): void {
    if (!isNews || !this.#tracks.isComplete(performance.now())) return;
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#socket.open();
      return;
    }
    this.#tracks.isAnnounced = this.#socket.isOpen;
    this.#second.close(); // what comes now is described by this hello, on the first line; the hub asks again
    this.#socket.sendHello(this.#tracks.hello());
    // Whoever watches waits for a key picture now; the one this news came with is the first.
    this.#needsKey = true;
  }

  #opened(): void {
    this.#tracks.isAnnounced = true;
    this.#tracks.wantAll();
    this.#socket.sendHello(this.#tracks.hello());
    this.#needsKey = true;
    this.#isContainerCut = true;
    this.#say({ type: "key" });
  }

  #hear(word: HubWord): void {
    switch (word.type) {
      case "key":
        this.#needsKey = true;
        this.#say({ type: "key" });
        break;
      case "want":
        if (this.#tracks.want(word.tracks)) this.#needsKey = true;
        this.#tellWanted();
        break;
      case "second":
        if (!this.#pressure.isShort) this.#second.open(word.key);
        break;
      case "trouble":
        this.#say({ type: "shown", isShown: !word.text });
        break;
      case "uneven":
        this.#say(word);
        break;
      case "hint":
        this.#asked = { kbitsPerS: word.kbitsPerS, picturesPerS: word.picturesPerS, heightPx: word.heightPx };
        this.#hintedMs = word.packetMs;
        this.#keepPackets();
        this.#aim();
    }
  }

  /** A performer's ten milliseconds stay, whatever the hall would do with. */
  #keepPackets(): void {
    this.#sound.setPacketMs(Math.min(this.#hintedMs, this.#shortest));
  }

  #aim(): void {
    this.#target = turnedDown(this.#asked, this.#pressure.scale);
    this.#tellWanted();
  }

  #tellWanted(): void {
    const [video, audio] = [this.#tracks.wants(VIDEO_TRACK), this.#tracks.wants(AUDIO_TRACK)];
    this.#say({ type: "wanted", video, audio, target: this.#target });
  }

  #look(): void {
    const nowMs = performance.now();
    if (this.#pressure.look(nowMs)) this.#aim();
    // Twice as much would only make it worse.
    if (this.#pressure.isShort) this.#second.close();
    this.#socket.look(nowMs);
    this.#tellStill(nowMs);
    this.#pictures.look(nowMs);
    // A track that never came (no microphone after all): the rest goes without it.
    if (!this.#isStarted) this.#announce(this.#tracks.isComplete(nowMs));
    this.#tellLevel();
    this.#looks += 1;
    if (this.#looks % FIGURES_EVERY_LOOKS === 0) this.#tellFigures();
  }

  /** Also while nobody listens: the host sees who speaks before hearing them. */
  #tellLevel(): void {
    if (this.#tracks.isAnnounced && this.#tracks.isDescribed(AUDIO_TRACK)) this.#socket.sendLevel(decibels(this.#peak));
    this.#peak = 0;
  }

  /** A first line that stands still is nobody's trouble while the second one moves. */
  #tellStill(nowMs: number): void {
    if (this.#second.waitingBytes === 0) this.#secondMovedAtMs = nowMs;
    const isStill = Math.min(this.#socket.stillMs(nowMs), nowMs - this.#secondMovedAtMs) > STILL_MS;
    if (isStill === this.#isStill) return;
    this.#isStill = isStill;
    this.#say({ type: "still", isStill });
  }

  #tellFigures(): void {
    const { bytes, pictures, allPackets } = this.#counted;
    const perS = 1000 / (LOOK_EVERY_MS * FIGURES_EVERY_LOOKS);
    const { width, height } = this.#pictures.shape;
    const isAsked = this.#tracks.wants(VIDEO_TRACK) && this.#socket.isOpen;
    const figures = {
      kbitsPerS: Math.round((bytes * 8 * perS) / 1000),
      picturesPerS: Math.round(pictures * perS),
      askedPerS: isAsked ? Math.max(0, this.#target.picturesPerS - (this.#pressure.refused - this.#refused) * perS) : 0,
      dropped: this.#pressure.dropped,
      scale: this.#pressure.scale,
      widthPx: width,
      heightPx: height,
      codec: this.#tracks.codec(VIDEO_TRACK) || this.#tracks.codec(AUDIO_TRACK),
      packets: allPackets,
    };
    this.#counted = { packets: 0, bytes: 0, pictures: 0, allPackets };
    this.#refused = this.#pressure.refused;
    this.#say({ type: "figures", figures });
  }
}

/** What no hint of the hub makes longer. */
function shortestOf(packetMs: number): number {
  return packetMs < USUAL_PACKET_MS ? packetMs : Number.POSITIVE_INFINITY;
}

/** Full scale is 0, silence −120. */
function decibels(peak: number): number {
  return Math.round(10 * Math.min(0, Math.max(-120, 20 * Math.log10(Math.max(peak, 1e-6))))) / 10;
}
