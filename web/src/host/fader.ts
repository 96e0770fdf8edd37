/** Fader travel and meter height as fractions 0…1, against decibels. Pure. */

const SILENCE_DB = -120;
const BOTTOM_DB = -60;
const TOP_DB = 12;
/** 0 dB stands here, so that the useful ±12 dB get almost half of the travel. */
const UNITY = 0.75;

export function gainToTravel(db: number): number {
  if (db <= BOTTOM_DB) return 0;
  if (db >= 0) return UNITY + (db / TOP_DB) * (1 - UNITY);
  return UNITY * (1 - Math.sqrt(db / BOTTOM_DB));
}

export function travelToGain(travel: number): number {
  if (travel <= 0.002) return SILENCE_DB;
  if (travel >= UNITY) return Math.min(TOP_DB, ((travel - UNITY) / (1 - UNITY)) * TOP_DB);
  return BOTTOM_DB * (1 - travel / UNITY) ** 2;
}

/** Meters are linear in decibels from −60 to 0. */
export function meterHeight(db: number): number {
  return Math.min(1, Math.max(0, 1 + db / 60));
}

export type MeterZone = "quiet" | "good" | "hot" | "over";

export function meterZone(db: number): MeterZone {
  if (db >= -1) return "over";
  if (db >= -9) return "hot";
  return db >= -30 ? "good" : "quiet";
}
