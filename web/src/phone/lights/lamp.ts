// The lamp on the back of the phone, where a browser lends it: the camera has to be asked for, and is let go afterwards.

interface TorchConstraint extends MediaTrackConstraintSet {
  readonly torch: boolean;
}

export class Lamp {
  #track: MediaStreamTrack | null = null;
  #isOn = false;

  /** Ask for the lamp, from a tap. False where there is none or it is not given. */
  async ask(): Promise<boolean> {
    if (this.#track) return true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      const [track] = stream.getVideoTracks();
      const can = track?.getCapabilities?.() as { torch?: boolean } | undefined;
      if (track && can?.torch) this.#track = track;
      else for (const each of stream.getTracks()) each.stop();
    } catch {
      // Not given: the screen is light enough.
    }
    return this.#track !== null;
  }

  set(on: boolean): void {
    if (on === this.#isOn || !this.#track) return;
    this.#isOn = on;
    const torch: TorchConstraint = { torch: on };
    this.#track.applyConstraints({ advanced: [torch] }).catch(() => undefined);
  }

  letGo(): void {
    this.set(false);
    this.#track?.stop();
    this.#track = null;
  }
}
