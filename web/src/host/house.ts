/** What passes by and is never journaled: who is here, uploads on their way, the stage's levels. */

import { Watchable } from "../shared/watchable.ts";
import type { AirHealth, Id, Levels, Presence, Progress, StreamHealth } from "../wire.ts";

/** An upload not heard of for this long is no longer counted as on its way. */
const FORGET_PROGRESS_MS = 15_000;
/** No levels for this long: the stage is taken for away. */
const STAGE_SILENT_MS = 2500;

export class House extends Watchable {
  presence: Presence = { audience: 0, hosts: 0, stage: false };
  readonly progress = new Map<Id, { readonly told: Progress; readonly atMs: number }>();

  setPresence(presence: Presence): void {
    this.presence = presence;
    this.changed();
  }

  tell(told: Progress, nowMs: number): void {
    for (const [id, { atMs }] of this.progress) {
      if (nowMs - atMs > FORGET_PROGRESS_MS) this.progress.delete(id);
    }
    if (told.fraction >= 1) this.progress.delete(told.contributionId);
    else this.progress.set(told.contributionId, { told, atMs: nowMs });
    this.changed();
  }

  /** How many pieces are being sent right now. */
  get arriving(): number {
    let found = 0;
    for (const { told } of this.progress.values()) if (told.step === "sending") found += 1;
    return found;
  }
}

/** How the streams of guests are doing, twice a second. */
export class Healths extends Watchable {
  readonly streams = new Map<Id, StreamHealth>();

  take(told: AirHealth): void {
    this.streams.clear();
    for (const one of told.streams) this.streams.set(one.streamId, one);
    this.changed();
  }
}

/** The newest levels, told to meters only: fifteen times a second is too often for everything else. */
export class Meters extends Watchable {
  levels: Levels | null = null;
  #atMs = Number.NEGATIVE_INFINITY;

  take(levels: Levels, nowMs: number): void {
    this.levels = levels;
    this.#atMs = nowMs;
    this.changed();
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.#atMs < STAGE_SILENT_MS;
  }

  /** The program picture that the stage is at, as far as known. */
  picture(nowMs: number, picturesPerSecond: number): number | null {
    if (!this.levels || !this.isFresh(nowMs)) return null;
    return this.levels.picture + Math.floor(((nowMs - this.#atMs) / 1000) * picturesPerSecond);
  }
}
