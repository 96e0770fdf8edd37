// Elements that render again when what they show has changed.
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Watchable } from "./watchable.ts";

/** `new Follow(this, hub.things, outbox)` in an element's constructor: each change of those asks for a new render. */
export class Follow implements ReactiveController {
  #stops: (() => void)[] = [];
  readonly #host: ReactiveControllerHost;
  readonly #followed: readonly Watchable[];

  constructor(host: ReactiveControllerHost, ...followed: readonly Watchable[]) {
    this.#host = host;
    this.#followed = followed;
    host.addController(this);
  }

  hostConnected(): void {
    this.#stops = this.#followed.map((one) => one.watch(() => this.#host.requestUpdate()));
  }

  hostDisconnected(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }
}
