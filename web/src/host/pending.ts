/**
 * Verdicts that were given here and are not yet heard back: shown at once, and given up for the hub's truth.
 *
 * Pure memory. A verdict goes when the hub refused it, or when this page has seen the journal up to where it stands.
 */

import type { ContributionView, Id, Verdict } from "../wire.ts";

interface Given {
  readonly verdict: Verdict;
  /** Where the journal stood once it was in; null: no answer yet. */
  readonly offset: number | null;
}

export class Pending {
  readonly #given = new Map<Id, Given>();

  give(ids: readonly Id[], verdict: Verdict): void {
    for (const id of ids) this.#given.set(id, { verdict, offset: null });
  }

  /** The hub has it, at `offset`. */
  accepted(ids: readonly Id[], offset: number): void {
    for (const id of ids) {
      const given = this.#given.get(id);
      if (given) this.#given.set(id, { ...given, offset });
    }
  }

  refused(ids: readonly Id[]): void {
    for (const id of ids) this.#given.delete(id);
  }

  /** This page has seen everything up to `offset`. */
  seen(offset: number): void {
    for (const [id, given] of this.#given) {
      if (given.offset !== null && given.offset <= offset) this.#given.delete(id);
    }
  }

  /** The piece as the host wants it to be. */
  over(piece: ContributionView): ContributionView {
    const given = this.#given.get(piece.contributionId);
    return given && given.verdict !== piece.verdict ? { ...piece, verdict: given.verdict } : piece;
  }

  get isEmpty(): boolean {
    return this.#given.size === 0;
  }
}
