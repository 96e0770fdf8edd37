// How much of what the hall asked for the line carries now. Pure: told how many bytes wait in the socket, it says whether
// the next picture may be encoded and by how much to turn down; up again only slowly, so that it does not swing.

/** What may wait unsent, in time at the present bitrate; past it pictures are left out before they are encoded. */
const MOST_WAITING_MS = 250;
/** A key picture or a JPEG alone may weigh this much. */
const LEAST_LIMIT_BYTES = 40_000;
const LOOK_EVERY_MS = 1_000;
const DOWN = 0.7;
const UP = 1.15;
const LOWEST = 0.12;
/** So many looks without trouble before it is tried again with more. */
const CALM_LOOKS = 6;
const PRESSED_LOOKS = 2;
/** A line that was full is called short of room for so many looks. */
const SHORT_LOOKS = 10;

export class Pressure {
  /** 1: everything that was asked for; LOWEST: hardly a picture. */
  scale = 1;
  /** Pictures left out since the beginning. */
  dropped = 0;
  /** Those of them for which the line had no room. */
  refused = 0;
  #isPressed = false;
  #pressedLooks = 0;
  #calmLooks = 0;
  #lookAtMs = 0;
  #looksSinceFull = SHORT_LOOKS;

  /** Whether the line, not the encoder, was what left pictures out lately. */
  get isShort(): boolean {
    return this.#looksSinceFull < SHORT_LOOKS;
  }

  /** Whether there is room for a picture; counted where there is none. */
  admits(waitingBytes: number, kbitsPerS: number): boolean {
    const limit = Math.max(LEAST_LIMIT_BYTES, (kbitsPerS * MOST_WAITING_MS) / 8);
    if (waitingBytes <= limit) return true;
    this.dropped += 1;
    this.refused += 1;
    this.#isPressed = true;
    this.#looksSinceFull = 0;
    return false;
  }

  /** The encoder itself is behind. */
  isBusy(): void {
    this.dropped += 1;
    this.#isPressed = true;
  }

  /** To be called at least once in a while; true when `scale` has changed. */
  look(nowMs: number): boolean {
    if (nowMs - this.#lookAtMs < LOOK_EVERY_MS) return false;
    this.#lookAtMs = nowMs;
    const before = this.scale;
    this.#looksSinceFull += 1;
    this.#pressedLooks = this.#isPressed ? this.#pressedLooks + 1 : 0;
    this.#calmLooks = this.#isPressed ? 0 : this.#calmLooks + 1;
    this.#isPressed = false;
    if (this.#pressedLooks >= PRESSED_LOOKS) {
      this.scale = Math.max(LOWEST, this.scale * DOWN);
      this.#pressedLooks = 0;
    } else if (this.#calmLooks >= CALM_LOOKS && this.scale < 1) {
      this.scale = Math.min(1, this.scale * UP);
      this.#calmLooks = 0;
    }
    return this.scale !== before;
  }
}

export interface Target {
  readonly kbitsPerS: number;
  readonly picturesPerS: number;
  /** The shorter side. */
  readonly heightPx: number;
}

/** What to encode to: bits first, then pictures, size last (a new size costs a key picture). */
export function turnedDown(asked: Target, scale: number): Target {
  return {
    kbitsPerS: Math.max(60, Math.round(asked.kbitsPerS * scale)),
    picturesPerS:
      scale > 0.55 ? asked.picturesPerS : Math.max(5, Math.round(asked.picturesPerS * (scale > 0.3 ? 0.5 : 0.34))),
    heightPx: scale > 0.3 ? asked.heightPx : Math.max(180, Math.round(asked.heightPx / 2)),
  };
}

/** The size to encode a picture at: its own shape, the shorter side at most `heightPx`, both sides even. */
export function fitted(widthPx: number, heightPx: number, shorterPx: number): { width: number; height: number } {
  const factor = Math.min(1, shorterPx / Math.min(widthPx, heightPx));
  const even = (px: number) => Math.max(2, 2 * Math.round((px * factor) / 2));
  return { width: even(widthPx), height: even(heightPx) };
}
