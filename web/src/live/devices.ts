// Camera and microphone while somebody is live: opened, switched, muted, and got back after whatever takes them away (a phone
// call, a locked phone, a pulled plug). Watch it for the stream that stands now.
import { Watchable } from "../shared/watchable.ts";
import type { Wants } from "../wire.ts";

export type Facing = "user" | "environment";

/** `refused`: not allowed. `missing`: there is none. `busy`: another app has it. `interrupted`: comes back by itself. */
export type DeviceTrouble = "refused" | "missing" | "busy" | "interrupted" | null;

export interface DeviceWishes {
  readonly wants: Wants;
  /** Music: the microphone as it is. Else speech is freed of noise and evened out. */
  readonly isPerformer: boolean;
  readonly cameraId?: string;
  readonly microphoneId?: string;
  /** How large the camera's pictures are to be, where it is not the usual size. */
  readonly size?: () => Promise<Size>;
}

export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

const USUAL: Size = { widthPx: 1280, heightPx: 720 };
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4_000;
/** A page that is seen again, and a camera that still gives nothing after this: open it anew. */
const MUTED_TOO_LONG_MS = 2_000;

export class Devices extends Watchable {
  stream: MediaStream | null = null;
  trouble: DeviceTrouble = null;
  facing: Facing = "user";
  isMuted = false;
  #wishes: DeviceWishes;
  /** Counts the openings: an answer to an older one is let go. */
  #opening = 0;
  #attempt = 0;
  #again: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(wishes: DeviceWishes) {
    super();
    this.#wishes = wishes;
    document.addEventListener("visibilitychange", this.#seen);
  }

  async open(): Promise<void> {
    clearTimeout(this.#again);
    const opening = ++this.#opening;
    // A phone gives its second camera only when the first is free.
    this.#stop();
    let trouble: DeviceTrouble = null;
    const stream = await ask(this.#wishes, this.facing).catch((error: unknown) => {
      trouble = troubleOf(error);
      return null;
    });
    if (opening !== this.#opening || this.#isClosed) {
      for (const track of stream?.getTracks() ?? []) track.stop();
      return;
    }
    this.stream = stream;
    this.trouble = trouble;
    if (stream) this.#take(stream);
    else if (trouble === "busy") this.#tryAgain();
    this.changed();
  }

  async flip(): Promise<void> {
    this.facing = this.facing === "user" ? "environment" : "user";
    await this.open();
  }

  async choose(wishes: Partial<DeviceWishes>): Promise<void> {
    this.#wishes = { ...this.#wishes, ...wishes };
    await this.open();
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !isMuted;
    this.changed();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    document.removeEventListener("visibilitychange", this.#seen);
    this.#stop();
  }

  #take(stream: MediaStream): void {
    this.#attempt = 0;
    for (const track of stream.getAudioTracks()) track.enabled = !this.isMuted;
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => this.#lost(stream));
      track.addEventListener("mute", () => this.#look(stream));
      track.addEventListener("unmute", () => this.#look(stream));
    }
  }

  #lost(stream: MediaStream): void {
    if (stream !== this.stream) return;
    this.trouble = "interrupted";
    this.changed();
    this.#tryAgain();
  }

  #look(stream: MediaStream): void {
    if (stream !== this.stream) return;
    this.trouble = stream.getTracks().some((track) => track.muted) ? "interrupted" : null;
    this.changed();
  }

  #tryAgain(): void {
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt++);
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      // A hidden page is given no camera; it is asked for again when it is seen.
      if (document.visibilityState === "visible") void this.open();
    }, wait);
  }

  readonly #seen = (): void => {
    if (document.visibilityState === "hidden") return;
    const isGone = () =>
      this.trouble === "interrupted" ||
      this.trouble === "busy" ||
      this.stream?.getTracks().some((track) => track.readyState === "ended" || track.muted);
    if (!isGone()) return;
    clearTimeout(this.#again);
    this.#again = setTimeout(() => {
      if (isGone()) void this.open();
    }, MUTED_TOO_LONG_MS);
  };

  #stop(): void {
    const { stream } = this;
    this.stream = null;
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}

/** Ask for what is wanted; where only one of two is there, that one. Raises the browser's DOMException. */
async function ask(wishes: DeviceWishes, facing: Facing): Promise<MediaStream> {
  const { wants, isPerformer, cameraId, microphoneId } = wishes;
  const { widthPx, heightPx } = (await wishes.size?.()) ?? USUAL;
  const which = cameraId ? { deviceId: { exact: cameraId } } : { facingMode: facing };
  const video = { ...which, width: { ideal: widthPx }, height: { ideal: heightPx }, frameRate: { ideal: 30 } };
  const audio = {
    ...(microphoneId ? { deviceId: { exact: microphoneId } } : {}),
    // The phone plays nothing of the show: there is no echo of its own to take out.
    echoCancellation: false,
    noiseSuppression: !isPerformer,
    autoGainControl: !isPerformer,
    channelCount: { ideal: isPerformer ? 2 : 1 },
  };
  const open = (what: MediaStreamConstraints) => navigator.mediaDevices.getUserMedia(what);
  if (wants === "camera") return open({ video });
  if (wants === "microphone") return open({ audio });
  try {
    return await open({ video, audio });
  } catch (error) {
    if (troubleOf(error) !== "missing") throw error;
    return open({ video }).catch(() => open({ audio }));
  }
}

function troubleOf(error: unknown): DeviceTrouble {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    default:
      return "busy";
  }
}
