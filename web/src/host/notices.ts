/** Short messages to the host: what went wrong and what to do. Each leaves by itself; at most `KEPT` at a time. */

import { Watchable } from "../shared/watchable.ts";
import type { Problem } from "../wire.ts";

const KEPT = 4;
const SHOWN_MS = { trouble: 9000, good: 3500 };
/** Time to see a slip, find the button and press it. */
const UNDO_SHOWN_MS = 12_000;

export interface Notice {
  readonly id: number;
  readonly tone: "trouble" | "good";
  readonly title: string;
  readonly text: string;
  /** Takes back what is told, as far as it can be. */
  readonly undo?: () => void;
}

/** What to do about a problem, where the hub's own sentence does not say it. */
const ADVICE: Readonly<Record<string, string>> = {
  conflict: "The show has moved on meanwhile: look again, then try again.",
  not_found: "It is no longer there.",
  bad_token: "This link was revoked: open the newest link of the hub.",
  not_allowed: "Your link does not allow this: ask the host.",
  too_much: "Wait a moment, then try again.",
  unavailable: "Try again when the connection is back.",
};

export class Notices extends Watchable {
  list: readonly Notice[] = [];
  #last = 0;

  trouble(what: string, problem: Problem | null): void {
    const text = problem?.message || (problem && ADVICE[problem.code]) || "Try again.";
    this.#add({ tone: "trouble", title: `${what} did not work`, text: sentence(text) });
  }

  good(title: string, text = ""): void {
    this.#add({ tone: "good", title, text });
  }

  undoable(title: string, text: string, undo: () => void): void {
    this.#add({ tone: "good", title, text, undo });
  }

  /** Undo what was told last of what can be undone; without an id the newest. */
  undo(id?: number): void {
    const notice = [...this.list].reverse().find((one) => one.undo && (id === undefined || one.id === id));
    if (!notice) return;
    this.close(notice.id);
    notice.undo?.();
  }

  close(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
    this.changed();
  }

  #add(notice: Omit<Notice, "id">): void {
    this.#last += 1;
    const id = this.#last;
    // The same trouble twice is one notice.
    const others = this.list.filter(({ title, text }) => title !== notice.title || text !== notice.text);
    this.list = [...others, { ...notice, id }].slice(-KEPT);
    this.changed();
    setTimeout(() => this.close(id), notice.undo ? UNDO_SHOWN_MS : SHOWN_MS[notice.tone]);
  }
}

/** The hub's sentences begin small ("expected …"); on screen they begin like sentences. */
function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
