/** The switch that says who performs: on a hand, on a person asked by name, on a tile. */

import { html, nothing, type TemplateResult } from "lit";
import type { Id } from "../../wire.ts";
import type { Desk } from "../desk.ts";
import * as acts from "./acts.ts";

const SAYS =
  "Performer: quickest sound, in packets of 10 ms, at once; without the browser's levelling from the next time they go live";

export function performerButton(
  desk: Desk,
  { personId, name }: { readonly personId: Id; readonly name: string },
): TemplateResult | typeof nothing {
  if (!desk.isHost) return nothing;
  const performer = desk.hub.things.people.get(personId)?.performer ?? false;
  return html`<button class="button small" aria-pressed=${performer} aria-label=${`Performer: ${name}`} title=${SAYS}
    @click=${() => void desk.ask(acts.setPerformer(personId, !performer), "Saying who performs")}>Performer</button>`;
}
