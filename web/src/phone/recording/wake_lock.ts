// Keeps the screen on while the phone records, sends, is live or lights up: a locked iPhone stops all four. Refusals change nothing.

type Reason = "recording" | "sending" | "air" | "lights";

export class WakeLock {
  readonly #reasons = new Set<Reason>();
  #lock: WakeLockSentinel | null = null;
  #asking: Promise<void> | null = null;

  constructor() {
    // The phone takes the lock away whenever the page is hidden.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.#reasons.size) void this.#take();
    });
  }

  hold(reason: Reason): Promise<void> {
    this.#reasons.add(reason);
    return this.#take();
  }

  release(reason: Reason): void {
    this.#reasons.delete(reason);
    if (this.#reasons.size) return;
    void this.#lock?.release();
    this.#lock = null;
  }

  /** Once for all who ask meanwhile: of two locks the first would be let go by nobody. */
  #take(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    if (this.#lock && !this.#lock.released) return;
    try {
      this.#lock = (await navigator.wakeLock?.request("screen")) ?? null;
    } catch {
      this.#lock = null;
    }
    if (!this.#reasons.size) void this.#lock?.release();
  }
}
