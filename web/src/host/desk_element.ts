/** The base of the console's elements: has a `desk`, renders again when what it follows has changed. */

import { LitElement, type PropertyDeclarations } from "lit";
import type { Watchable } from "../shared/watchable.ts";
import type { Desk } from "./desk.ts";

export abstract class DeskElement extends LitElement {
  static override properties: PropertyDeclarations = { desk: { attribute: false } };

  /** Set before the element is connected, once. */
  declare desk: Desk;
  #stops: (() => void)[] = [];

  /** What this element renders from. */
  protected followed(): readonly Watchable[] {
    return [this.desk.hub, this.desk.view];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stops = this.followed().map((one) => one.watch(() => this.requestUpdate()));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }
}
