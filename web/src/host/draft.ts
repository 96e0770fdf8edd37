/**
 * A value in the host's hand: shown as dragged, sent a few times a second, given up for the hub's truth when let go.
 *
 * Every change of a fader is a journaled cue, so it may not be sent at the pace of the pointer.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";

const SEND_EVERY_MS = 90;
/** How long to believe the hand after letting go when the hub does not say the same. */
const BELIEVE_MS = 1500;

export class Draft implements ReactiveController {
  #value: number | null = null;
  #held = false;
  #sending = 0;
  #believing = 0;
  #unsent = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly send: (value: number) => void,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#sending);
    clearTimeout(this.#believing);
    this.#sending = 0;
  }

  /** What to show, given what the hub says. */
  over(truth: number): number {
    if (this.#value !== null && !this.#held && Math.abs(this.#value - truth) < 1e-4) this.#value = null;
    return this.#value ?? truth;
  }

  move(value: number): void {
    this.#value = value;
    this.#held = true;
    this.#unsent = true;
    clearTimeout(this.#believing);
    if (!this.#sending) this.#flush();
    this.host.requestUpdate();
  }

  end(): void {
    this.#held = false;
    clearTimeout(this.#sending);
    this.#sending = 0;
    if (this.#unsent) this.#flush();
    this.#believing = window.setTimeout(() => {
      this.#value = null;
      this.host.requestUpdate();
    }, BELIEVE_MS);
  }

  #flush(): void {
    this.#unsent = false;
    if (this.#value !== null) this.send(this.#value);
    this.#sending = window.setTimeout(() => {
      this.#sending = 0;
      if (this.#unsent) this.#flush();
    }, SEND_EVERY_MS);
  }
}
