// The one way in which state tells that it changed. No values travel: who is told reads what they need.

/** Something with state that others watch. */
export class Watchable {
  #watchers = new Set<() => void>();

  /** Call `watcher` after each change; returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  protected changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
