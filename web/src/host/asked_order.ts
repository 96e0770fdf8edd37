/**
 * The order of layers that was asked for here: shown at once, and given up for the stage's scene when it has come.
 *
 * Pure memory. That the hub accepted it is not enough: until the stage has taken the cue, which may wait behind media that
 * is being prepared, its scene still tells the order of before. Orders are back to front, as cues say them.
 */

import type { Id } from "../wire.ts";

interface Asked {
  readonly layerIds: readonly Id[];
  /** Where the journal stood once it was in; null: no answer yet. */
  readonly offset: number | null;
}

/** What the page knows of the stage: its scene's layers, and how many accepted cues it has still to take. */
export interface Told {
  readonly offset: number;
  readonly pending: number;
  readonly layerIds: readonly Id[];
}

export class AskedOrder {
  #asked: Asked | null = null;
  #told: readonly Id[] = [];

  ask(layerIds: readonly Id[]): void {
    this.#asked = { layerIds, offset: null };
  }

  /** The hub has it, at `offset`. */
  accepted(layerIds: readonly Id[], offset: number): void {
    if (this.#asked?.layerIds === layerIds) this.#asked = { layerIds, offset };
  }

  refused(layerIds: readonly Id[]): void {
    if (this.#asked?.layerIds === layerIds) this.#asked = null;
  }

  /** What stands now; null: this page knows of no stage any more. */
  seen(told: Told | null): void {
    const before = this.#told;
    this.#told = told?.layerIds ?? [];
    if (this.#asked === null) return;
    const { offset } = this.#asked;
    const isOver = told !== null && offset !== null && offset <= told.offset && told.pending === 0;
    // Moved there, not merely standing so: there and back again, the scene stands as asked before the first was taken.
    const hasCome = !same(before, this.#told) && same(this.over(this.#told), this.#told);
    if (told === null || isOver || hasCome) this.#asked = null;
  }

  /** The layers as the host wants them; those not named keep their order, in front, as on stage. */
  over(layerIds: readonly Id[]): readonly Id[] {
    if (this.#asked === null) return layerIds;
    const rank = new Map(this.#asked.layerIds.map((id, place) => [id, place]));
    const place = (id: Id) => rank.get(id) ?? rank.size;
    return [...layerIds].sort((a, b) => place(a) - place(b));
  }
}

function same(a: readonly Id[], b: readonly Id[]): boolean {
  return a.length === b.length && a.every((id, place) => id === b[place]);
}
