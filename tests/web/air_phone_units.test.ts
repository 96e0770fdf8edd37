// What a phone that is live says, and how well it records (test_air_units.py bundles this file).
import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsPerS, firstQuality, LEAST, QUALITIES, Strain } from "../../web/src/phone/air/quality.ts";
import { endInWords, groupInWords, isSeatAsked, NO_SEAT, secondsUntil, showing } from "../../web/src/phone/air/showing.ts";
import { troubleInWords } from "../../web/src/phone/air/troubles.ts";
import type { MyAirView } from "../../web/src/wire.ts";

const air = (state: MyAirView["state"]): MyAirView => ({
  state, wants: "both", gathering: "solo", streamId: null, number: 0, onAirUs: null, ended: null, seat: NO_SEAT, streams: [],
});

test("the screen follows the hub's word, and thanks only who was live", () => {
  assert.equal(showing({ myAir: null, wasLive: false }), "ask");
  assert.equal(showing({ myAir: air("invited"), wasLive: true }), "invited");
  assert.equal(showing({ myAir: air(null), wasLive: true }), "over");
  assert.equal(showing({ myAir: air(null), wasLive: false }), "ask");
  assert.deepEqual([3_000_000, 2_000_001, 2_000_000, 0].map((us) => secondsUntil(us, 0)), [3, 3, 2, 0]);
  assert.match(endInWords("dropped", false).heading, /Thank you/);
  assert.match(endInWords("silent", false).detail, /Nothing came from this phone/);
  assert.match(endInWords("banned", true).detail, /paused this phone/);
  assert.match(endInWords("banned", false).heading, /can go live again/);
});

test("only what a call needs to know is asked", () => {
  const everybody = { side: "", team: "", firstRow: 0, lastRow: 0 } as const;
  assert.equal(isSeatAsked(everybody, NO_SEAT), false);
  assert.equal(isSeatAsked({ ...everybody, side: "left" }, NO_SEAT), true);
  assert.equal(isSeatAsked({ ...everybody, side: "left" }, { ...NO_SEAT, side: "right" }), false);
  assert.equal(isSeatAsked({ ...everybody, lastRow: 5 }, { ...NO_SEAT, side: "left" }), true);
  assert.equal(groupInWords(everybody), "For everybody");
  assert.equal(groupInWords({ ...everybody, side: "left", firstRow: 2, lastRow: 4 }), "For the left side, rows 2 to 4");
});

test("trouble is told once, the nearest first", () => {
  const fine = { devices: { trouble: null, isMuted: false }, publisher: { line: "live", problem: null, wants: "both", hindrance: null }, listening: { trouble: null }, myAir: { isMuted: false } } as const;
  assert.equal(troubleInWords(fine), "");
  assert.match(troubleInWords({ ...fine, devices: { trouble: "interrupted", isMuted: false } }), /a call/);
  assert.match(troubleInWords({ ...fine, publisher: { ...fine.publisher, line: "away" } }), /out of reach/);
  assert.match(troubleInWords({ ...fine, publisher: { ...fine.publisher, hindrance: "frozen" } }), /goes on by itself/);
  assert.match(troubleInWords({ ...fine, publisher: { ...fine.publisher, hindrance: "still" } }), /stands still/);
  assert.match(troubleInWords({ ...fine, publisher: { ...fine.publisher, hindrance: "not_shown" } }), /picture does not arrive/);
  assert.match(troubleInWords({ ...fine, publisher: { ...fine.publisher, hindrance: "uneven" } }), /stalls again and again/);
  const muted = { ...fine, myAir: { isMuted: true } } as const;
  assert.match(troubleInWords(muted), /host has muted you/);
  assert.match(troubleInWords({ ...muted, publisher: { ...fine.publisher, hindrance: "uneven" } }), /host has muted you/);
  assert.match(troubleInWords({ ...muted, publisher: { ...fine.publisher, line: "away" } }), /out of reach/);
  const heard = { ...fine.publisher, wants: "microphone", hindrance: "not_shown" } as const;
  assert.match(troubleInWords({ ...fine, publisher: heard }), /sound does not arrive/);
  assert.match(troubleInWords({ ...fine, listening: { trouble: "silent" } }), /hear nothing/);
  assert.equal(troubleInWords({ ...fine, devices: { trouble: null, isMuted: true }, listening: { trouble: "silent" } }), "");
});

test("beside its stream a phone records as well as it says it does without effort", () => {
  const begin = (cores: number, ...effortless: (boolean | null)[]) => QUALITIES[firstQuality({ cores, effortless })];
  assert.deepEqual(begin(8, true, true, true), { widthPx: 1920, heightPx: 1080, bitsPerS: 8e6 });
  assert.deepEqual(begin(2, true, true, true), { widthPx: 1280, heightPx: 720, bitsPerS: 5e6 });
  assert.deepEqual(begin(4, false, true, true), { widthPx: 1280, heightPx: 720, bitsPerS: 5e6 });
  assert.deepEqual(begin(8, null, null, null), { widthPx: 1280, heightPx: 720, bitsPerS: 5e6 });
  assert.equal(begin(4, null, null, null), LEAST);
  assert.equal(begin(4, false, false, false), LEAST);
  assert.equal(QUALITIES[firstQuality({ cores: 1, effortless: [] }, 1080)]?.heightPx, 1080);
});

test("a camera that gives less needs no more bits", () => {
  const [large = LEAST] = QUALITIES;
  assert.equal(bitsPerS(large, { width: 1920, height: 1080 }), 8e6);
  assert.equal(bitsPerS(large, { width: 1080, height: 1920 }), 8e6);
  assert.equal(bitsPerS(large, { width: 1280, height: 720 }), 5e6);
  assert.equal(bitsPerS(large, { width: 640, height: 480 }), 2.5e6);
  assert.equal(bitsPerS(LEAST, { width: 1920, height: 1080 }), 2.5e6);
});

test("a recording harms where the stream goes short for three looks, or the recorder gives nothing", () => {
  const strain = new Strain();
  const look = (picturesPerS: number, askedPerS = 30) => strain.look({ picturesPerS, askedPerS }, 0);
  assert.deepEqual([look(8), look(8), look(20), look(8), look(8), look(8)], [false, false, false, false, false, true]);
  const dark = new Strain();
  assert.ok([...Array(10)].every(() => !dark.look({ picturesPerS: 15, askedPerS: 30 }, 0)), "a camera in the dark gives half");
  assert.ok([...Array(10)].every(() => !dark.look({ picturesPerS: 0, askedPerS: 0 }, 900)), "nobody asks for pictures");
  assert.ok(dark.look({ picturesPerS: 30, askedPerS: 30 }, 5_000));
});
