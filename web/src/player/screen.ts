/**
 * The canvas that shows pictures, at their time.
 *
 * Without a clock (sound off) each is drawn when it comes: least delay. With one, pictures wait for the sound that
 * belongs to them; at most `WAITING` wait, then the oldest is drawn to make room. Where drawing takes more of the page's
 * time than it may (`Restraint`), pictures are passed over; the newest is always drawn in the end.
 */

import type { Restraint } from "./restraint.ts";

const WAITING = 12;

interface Waiting {
  readonly frame: VideoFrame;
  readonly capturedUs: number;
}

export class Screen {
  readonly #context: CanvasRenderingContext2D;
  #waiting: Waiting[] = [];
  #ticking = 0;
  /** The newest picture that came while drawing rests. */
  #resting: VideoFrame | null = null;
  #rest = 0;
  /** Pictures drawn since the start. */
  drawn = 0;
  /** How far pictures are to be turned, clockwise: a phone sends them as its camera lies. */
  turnedDegrees = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly heardUs: () => number | null,
    private readonly restraint: Restraint,
    private readonly onDrawn: () => void,
  ) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("expected a 2d canvas, got none: this browser cannot draw pictures");
    this.#context = context;
  }

  show(frame: VideoFrame, capturedUs: number): void {
    if (this.heardUs() === null) {
      this.#flush();
      this.#drawOrRest(frame);
      return;
    }
    this.#waiting.push({ frame, capturedUs });
    if (this.#waiting.length > WAITING) this.#drawFirst();
    if (!this.#ticking) this.#ticking = requestAnimationFrame(() => this.#tick());
  }

  showBitmap(bitmap: ImageBitmap): void {
    this.#fit(bitmap.width, bitmap.height);
    this.#context.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.#count();
  }

  /** The picture that is in a `<video>` now. */
  showVideo(video: HTMLVideoElement): void {
    this.#fit(video.videoWidth, video.videoHeight);
    this.#context.drawImage(video, 0, 0);
    this.#count();
  }

  close(): void {
    cancelAnimationFrame(this.#ticking);
    this.#ticking = 0;
    clearTimeout(this.#rest);
    this.#rest = 0;
    this.#resting?.close();
    this.#resting = null;
    for (const { frame } of this.#waiting) frame.close();
    this.#waiting = [];
  }

  #tick(): void {
    const heard = this.heardUs();
    while (this.#waiting.length > 0) {
      const [first, second] = this.#waiting;
      if (heard !== null && first && first.capturedUs > heard) break;
      if (heard !== null && second && second.capturedUs <= heard) this.#waiting.shift()?.frame.close();
      else this.#drawFirst();
    }
    this.#ticking = this.#waiting.length > 0 ? requestAnimationFrame(() => this.#tick()) : 0;
  }

  #flush(): void {
    while (this.#waiting.length > 0) this.#waiting.shift()?.frame.close();
  }

  #drawFirst(): void {
    const first = this.#waiting.shift();
    if (first) this.#drawOrRest(first.frame);
  }

  #drawOrRest(frame: VideoFrame): void {
    this.#resting?.close();
    this.#resting = null;
    const waitMs = this.restraint.waitMs(performance.now());
    if (waitMs <= 0) {
      this.#draw(frame);
      return;
    }
    this.#resting = frame;
    this.#rest ||= window.setTimeout(() => this.#drawRested(), waitMs);
  }

  #drawRested(): void {
    this.#rest = 0;
    const frame = this.#resting;
    this.#resting = null;
    if (frame) this.#drawOrRest(frame);
  }

  #draw(frame: VideoFrame): void {
    const fromMs = performance.now();
    const { displayWidth: width, displayHeight: height } = frame;
    if (this.turnedDegrees % 180) this.#fit(height, width);
    else this.#fit(width, height);
    this.#context.translate(this.canvas.width / 2, this.canvas.height / 2);
    this.#context.rotate((this.turnedDegrees * Math.PI) / 180);
    this.#context.drawImage(frame, -width / 2, -height / 2);
    this.#context.resetTransform();
    frame.close();
    this.restraint.drew(fromMs, performance.now());
    this.#count();
  }

  #fit(width: number, height: number): void {
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  #count(): void {
    this.drawn += 1;
    this.onDrawn();
  }
}
