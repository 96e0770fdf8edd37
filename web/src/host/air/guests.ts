/** Who is live or wants to be, as the console lists them. Pure. */

import type { Gathering, GuestView, Id, StreamHealth, Wants } from "../../wire.ts";

export interface Floor {
  /** Raised hands, first come first. */
  readonly asking: readonly GuestView[];
  readonly invited: readonly GuestView[];
  /** Published, or about to be, and not on stage: seen here and nowhere else. */
  readonly ready: readonly GuestView[];
  readonly onAir: readonly GuestView[];
}

export function floorOf(guests: Iterable<GuestView>): Floor {
  const all = [...guests].sort((a, b) => a.number - b.number || a.sinceUs - b.sinceUs);
  const those = (...states: GuestView["state"][]) => all.filter(({ state }) => states.includes(state));
  return {
    asking: those("asking"),
    invited: those("invited"),
    ready: those("getting_ready", "called"),
    onAir: those("on_air"),
  };
}

/** Who is there besides: many microphones and cameras are too many to look at all at once. */
export const PREVIEWS_AT_ONCE = 6;

/**
 * The streams whose pictures are worth a decoder here: those that were asked for (`sought`, newest first), then those not on
 * air yet; who is on air is in the program.
 */
export function previewed(floor: Floor, sought: readonly Id[]): ReadonlySet<Id> {
  const seen = [...floor.ready, ...floor.onAir].filter(({ wants }) => wants !== "microphone");
  const ids = seen.flatMap(({ streamId }) => (streamId === null ? [] : [streamId]));
  return new Set([...new Set([...sought.filter((id) => ids.includes(id)), ...ids])].slice(0, PREVIEWS_AT_ONCE));
}

const TO_DO = "Open this console on the stage's machine, or by https.";

/** Why no guest's picture can be decoded here. */
export function whyUnseen(isSecure: boolean): string {
  const why = isSecure ? "No preview in this browser." : `No preview over plain http. ${TO_DO}`;
  return `${why} The stage can show it all the same.`;
}

/** Why no guest can be heard here; empty: they can. */
export function whyUnheard(isSecure: boolean, canSound: boolean): string {
  if (canSound) return "";
  return isSecure ? "This browser cannot play them." : `Nobody is heard over plain http. ${TO_DO}`;
}

export const WANTS_NAMES: Readonly<Record<Wants, string>> = {
  both: "Camera and microphone",
  camera: "Camera",
  microphone: "Microphone",
};

/** Of somebody whom the host put in line with their group. */
export const LINED_UP: Readonly<Record<Gathering, string>> = {
  solo: "Their group was asked",
  mosaic: "Their group was asked, for a mosaic",
  choir: "Their group was asked, for a choir",
};

export function seatOf({ seat }: GuestView): string {
  const place = [seat.side, seat.row ? `row ${seat.row}` : "", seat.number ? `seat ${seat.number}` : "", seat.team];
  return place.filter((part) => part !== "").join(" · ");
}

/** What the stage or the hub finds wrong with a stream that comes; empty: nothing. */
export function troubleLine(health: StreamHealth | undefined): string {
  return health?.isLive && health.trouble ? `Their stream ${health.trouble}` : "";
}

/** One line on how the stream is doing; `null`: nothing is coming. */
export function healthLine(health: StreamHealth | undefined): string | null {
  if (!health?.isLive) return null;
  const pictures = health.picturesPerS > 0 ? `${health.picturesPerS} pictures/s · ` : "";
  const lost = health.dropped > 0 ? ` · ${health.dropped} left out` : "";
  return `${pictures}${health.kbitsPerS} kbit/s${lost}`;
}
