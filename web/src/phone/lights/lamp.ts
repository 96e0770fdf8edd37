// The lamp on the back of the phone, where a browser lends it with the camera. The camera is open only while a cue needs it:
// some phones give it to one user at a time, and going live or recording comes first.

interface TorchConstraint extends MediaTrackConstraintSet {
  readonly torch: boolean;
}

export class Lamp {
  /** The camera that has the lamp; null: none was given. */
  #cameraId: string | null = null;
  #track: MediaStreamTrack | null = null;
  #isOn = false;
  #isWanted = false;
  #isOpening = false;
  /** Once for each cue, also where it failed. */
  #hasTried = false;

  /** Ask for the lamp, from a tap, and let it go again at once. */
  async ask(): Promise<void> {
    if (this.#cameraId !== null) return;
    try {
      const track = await open({ facingMode: "environment" });
      const can = track.getCapabilities?.() as { torch?: boolean } | undefined;
      if (can?.torch) this.#cameraId = track.getSettings().deviceId ?? "";
      track.stop();
    } catch {
      // Not given: the screen is light enough.
    }
  }

  /** Have the camera open, before it is time to light up: that takes up to a second. */
  ready(): void {
    this.#isWanted = true;
    if (this.#cameraId === null || this.#hasTried) return;
    this.#hasTried = true;
    void this.#open(this.#cameraId);
  }

  set(on: boolean): void {
    if (on === this.#isOn || !this.#track) return;
    this.#isOn = on;
    const torch: TorchConstraint = { torch: on };
    this.#track.applyConstraints({ advanced: [torch] }).catch(() => undefined);
  }

  /** Dark, and the camera is everybody's again. */
  letGo(): void {
    this.#isWanted = false;
    this.#hasTried = this.#isOpening;
    this.set(false);
    this.#track?.stop();
    this.#track = null;
  }

  /** Open it no more until the next tap. */
  forget(): void {
    this.letGo();
    this.#cameraId = null;
  }

  async #open(cameraId: string): Promise<void> {
    this.#isOpening = true;
    try {
      const track = await open(cameraId ? { deviceId: { exact: cameraId } } : { facingMode: "environment" });
      if (this.#isWanted) this.#track = track;
      else track.stop();
    } catch (error) {
      // Busy, perhaps, and free for the next cue; who says no is not asked with every cue.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#cameraId = null;
    }
    this.#isOpening = false;
    if (!this.#isWanted) this.#hasTried = false;
  }
}

async function open(video: MediaTrackConstraints): Promise<MediaStreamTrack> {
  const stream = await navigator.mediaDevices.getUserMedia({ video });
  return stream.getVideoTracks()[0] as MediaStreamTrack;
}
