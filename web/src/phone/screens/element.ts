// What the phone's elements have in common: they render into the page itself (one stylesheet, plain labels, no shadow), and
// they say what should happen next by one event, `open`.
import { LitElement, type PropertyDeclarations, type TemplateResult } from "lit";
import type { AudienceAct } from "../../wire.ts";
import type { Open, Services } from "../services.ts";

export abstract class PageElement extends LitElement {
  static override properties: PropertyDeclarations = { services: { attribute: false } };
  declare services: Services;

  protected override createRenderRoot(): this {
    return this;
  }

  abstract override render(): TemplateResult;

  /** Lay something over the first screen, or (null) clear it. */
  protected open(what: Open): void {
    this.dispatchEvent(new CustomEvent<Open>("open", { detail: what, bubbles: true }));
  }

  /** Have a sentence read out and shown for a moment. */
  /** Once its owner is sure: a piece, or what they were live with, goes for good. */
  protected async takeBack(act: AudienceAct): Promise<void> {
    if (!confirm("Take it back? It leaves the stage and every use, and cannot return.")) return;
    const ack = await this.services.hub.act(act);
    this.say(ack.ok ? "Taken back." : (ack.problem?.message ?? "That could not be done."));
  }

  protected say(sentence: string): void {
    this.dispatchEvent(new CustomEvent<string>("say", { detail: sentence, bubbles: true }));
  }
}
