// The console's pure functions, run by node's own test runner (test_console_units.py bundles this file).
import assert from "node:assert/strict";
import { test } from "node:test";
import { arc } from "../../web/src/host/arc.ts";
import { AskedOrder } from "../../web/src/host/asked_order.ts";
import { changeTab, click, move, settle } from "../../web/src/host/cursor.ts";
import { gainToTravel, meterHeight, meterZone, travelToGain } from "../../web/src/host/fader.ts";
import { ago, decibels, duration, loudness, namingGuests, wrongInShort } from "../../web/src/host/formatting.ts";
import { BINDINGS, commandFor, type Focus } from "../../web/src/host/keys.ts";
import { present, secondsLeft } from "../../web/src/host/on_stage.ts";
import { Pending } from "../../web/src/host/pending.ts";
import { inTempo, leadToBeat } from "../../web/src/host/phones/acts.ts";
import { dropped, moved, PLACES, placeOf } from "../../web/src/host/places.ts";
import { counts, EVERYTHING, type Filter, listed, TABS, tabsShown } from "../../web/src/host/queue.ts";
import { rowsInSight, scrollTo } from "../../web/src/host/rows.ts";
import { View } from "../../web/src/host/view.ts";
import { barsOf, waveformPath } from "../../web/src/host/waveform.ts";
import type { ContributionView } from "../../web/src/wire.ts";

const NAMES: Record<string, string> = { amelie0001: "Amélie", bruno00001: "Bruno", carla00001: "Carla" };
const nameOf = (id: string) => NAMES[id] ?? "";

function piece(change: Partial<ContributionView> & { seconds?: number; lufs?: number | null } = {}): ContributionView {
  const { seconds = 0, lufs = null, ...given } = change;
  const renditions = {
    still: null, clip: null, sound: null, thumbnail: null, widthPx: 0, heightPx: 0,
    durationUs: seconds * 1e6, loudnessLufs: lufs, waveform: [],
  };
  return {
    contributionId: "piece-0001", personId: "amelie0001", name: "", kind: "text", atUs: 0, verdict: "waiting", state: "ready",
    consent: { stage: true, anthology: true, paid: false, anonymous: false }, promptId: null, parents: [], text: "",
    shared: false, onStage: false, stageTimes: [], reason: "", renditions, ...given,
  };
}

const ids = (pieces: readonly ContributionView[]) => pieces.map(({ contributionId }) => contributionId);
const filtered = (pieces: ContributionView[], filter: Partial<Filter>) => ids(listed(pieces, { ...EVERYTHING, ...filter }, nameOf));

const FOUR = [
  piece({ contributionId: "words", atUs: 1, text: "The SEA at night", personId: "carla00001" }),
  piece({ contributionId: "photo", atUs: 2, kind: "photo", promptId: "prompt-one", verdict: "approved" }),
  piece({ contributionId: "quiet", atUs: 3, kind: "sound", seconds: 3, lufs: -40, personId: "bruno00001" }),
  piece({ contributionId: "video", atUs: 4, kind: "video", seconds: 30, lufs: -12 }),
];

test("each filter keeps what it names and nothing else", () => {
  assert.deepEqual(filtered(FOUR, { tab: "approved" }), ["photo"]);
  assert.deepEqual(filtered(FOUR, { kinds: new Set(["sound", "video"]) }), ["quiet", "video"]);
  assert.deepEqual(filtered(FOUR, { personId: "bruno00001" }), ["quiet"]);
  assert.deepEqual(filtered(FOUR, { promptId: "prompt-one" }), ["photo"]);
  assert.deepEqual(filtered(FOUR, { loudness: "quiet" }), ["quiet"]);
  assert.deepEqual(filtered(FOUR, { loudness: "loud" }), ["video"]);
  assert.deepEqual(filtered(FOUR, { duration: "short" }), ["quiet"]);
  assert.deepEqual(filtered(FOUR, { duration: "long" }), ["video"]);
  assert.deepEqual(filtered(FOUR, { text: "sea" }), ["words"]);
  assert.deepEqual(filtered(FOUR, { text: "bru" }), ["quiet"], "names are searched too");
});

test("each order sorts, and silent pieces stand last by loudness", () => {
  assert.deepEqual(filtered(FOUR, { order: "newest" }), ["video", "quiet", "photo", "words"]);
  assert.deepEqual(filtered(FOUR, { order: "person" }), ["photo", "video", "quiet", "words"]);
  assert.deepEqual(filtered(FOUR, { order: "longest" }).slice(0, 2), ["video", "quiet"]);
  assert.deepEqual(filtered(FOUR, { order: "loudest" }), ["video", "quiet", "words", "photo"]);
  assert.deepEqual(filtered(FOUR, { order: "quietest" }), ["quiet", "video", "words", "photo"]);
});

test("withdrawn pieces are neither listed nor counted", () => {
  const gone = piece({ contributionId: "gone", state: "withdrawn" });
  assert.deepEqual(filtered([gone], {}), []);
  assert.deepEqual(counts([gone, ...FOUR]), { waiting: 3, approved: 1, held: 0, rejected: 0, unusable: 0, all: 4 });
});

test("what cannot be used waits for nobody, until it is put away", () => {
  const failed = piece({ contributionId: "broken", kind: "video", state: "failed", reason: "It holds no picture." });
  assert.deepEqual(filtered([failed, ...FOUR], { tab: "waiting" }), ["words", "quiet", "video"]);
  assert.deepEqual(filtered([failed, ...FOUR], { tab: "unusable" }), ["broken"]);
  const found = counts([failed, ...FOUR]);
  assert.deepEqual([found.waiting, found.unusable, found.all], [3, 1, 5]);
  assert.deepEqual(tabsShown(found, "waiting"), TABS);
  assert.ok(!tabsShown(counts(FOUR), "waiting").includes("unusable"), "nothing broken, no tab");
  const away = { ...failed, verdict: "rejected" as const };
  assert.deepEqual(filtered([away], { tab: "unusable" }), []);
  assert.deepEqual(filtered([away], { tab: "rejected" }), ["broken"]);
});

test("the cursor stays on its piece, or goes to the one that took its place", () => {
  assert.equal(settle(FOUR, "quiet", 0), "quiet");
  assert.equal(settle(FOUR, "gone", 1), "photo");
  assert.equal(settle(FOUR, "gone", 9), "video", "past the end: the last");
  assert.equal(settle([], "gone", 0), null);
});

test("moving stops at the ends and marks on the way when asked to", () => {
  const view = new View();
  move(view, FOUR, 1);
  assert.equal(view.cursor, "words");
  move(view, FOUR, 1, true);
  assert.deepEqual([...view.marked], ["words", "photo"]);
  move(view, FOUR, -9);
  assert.equal(view.cursor, "words");
  assert.equal(view.marked.size, 0);
});

test("Shift marks a stretch, Ctrl one more", () => {
  const view = new View();
  const plain = { ctrlKey: false, metaKey: false, shiftKey: false };
  click(view, FOUR, "words", plain);
  click(view, FOUR, "quiet", { ...plain, shiftKey: true });
  assert.deepEqual([...view.marked], ["words", "photo", "quiet"]);
  click(view, FOUR, "photo", { ...plain, ctrlKey: true });
  assert.deepEqual([...view.marked], ["words", "quiet"]);
});

test("tabs go round", () => {
  const view = new View();
  changeTab(view, TABS, -1);
  assert.equal(view.filter.tab, "all");
  changeTab(view, TABS, 1);
  assert.equal(view.filter.tab, "waiting");
});

const press = (key: string, focus: Focus = "page", shift = false) => commandFor({ key, shift, modified: false }, focus);

test("a ban needs Shift, which Caps Lock is not", () => {
  assert.equal(press("b"), null);
  assert.equal(press("B", "page", true), "ban");
  assert.equal(press("B"), null, "Caps Lock");
  assert.equal(press("A"), "approve", "Caps Lock takes no key away");
});

test("no key stands for two commands", () => {
  const keys = BINDINGS.flatMap((binding) => binding.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("PANIC and BLACKOUT work while typing; letters type", () => {
  assert.equal(press("F9", "text"), "panic");
  assert.equal(press("F8", "text"), "blackout");
  assert.equal(press("9"), "panic");
  assert.equal(press("a", "text"), null);
  assert.equal(press("9", "text"), null);
});

test("a focused button keeps Space and Enter, a slider its arrows", () => {
  assert.equal(press("Enter", "button"), null);
  assert.equal(press("a", "button"), "approve");
  assert.equal(press("ArrowDown", "slider"), null);
  assert.equal(press("ArrowDown", "page", true), "markNext");
  assert.equal(commandFor({ key: "r", shift: false, modified: true }, "page"), null, "Ctrl+R reloads");
});

test("a verdict shows at once, and gives way to the hub's word", () => {
  const pending = new Pending();
  const [words] = FOUR;
  assert.ok(words);
  pending.give(["words"], "approved");
  assert.equal(pending.over(words).verdict, "approved");
  pending.seen(100);
  assert.equal(pending.over(words).verdict, "approved", "not answered yet");
  pending.accepted(["words"], 101);
  pending.seen(100);
  assert.equal(pending.over(words).verdict, "approved", "answered, not yet told");
  pending.seen(101);
  assert.equal(pending.over(words).verdict, "waiting");
  pending.give(["words"], "rejected");
  pending.refused(["words"]);
  assert.equal(pending.over(words), words);
});

test("of 2,000 rows only those in sight exist", () => {
  assert.deepEqual(rowsInSight(0, 600, 92, 2000), { first: 0, end: 11 });
  const middle = rowsInSight(92_000, 600, 92, 2000);
  assert.ok(middle.first <= 1000 && middle.end >= 1007 && middle.end - middle.first < 20);
  assert.deepEqual(rowsInSight(5000, 600, 92, 3), { first: 3, end: 3 }, "a list that became short");
});

test("scrolling brings a row into sight with the least movement", () => {
  assert.equal(scrollTo(0, 500, 600, 92), 0);
  assert.equal(scrollTo(5, 100, 600, 92), 100);
  assert.equal(scrollTo(10, 0, 600, 92), 412);
});

test("a waveform keeps its peaks when it is drawn with fewer bars", () => {
  const peaks = Array.from({ length: 200 }, (_, at) => (at === 77 ? 255 : 10));
  const bars = barsOf(peaks, 20);
  assert.equal(bars.length, 20);
  assert.equal(bars[7], 255);
  assert.equal(waveformPath([255], 100, 40, 10), "M50.0 0.0V40.0");
  assert.equal(waveformPath([], 100, 40, 10), "");
});

test("fader travel and gain are inverse", () => {
  for (const db of [-59, -30, -6, 0, 6, 12]) assert.ok(Math.abs(travelToGain(gainToTravel(db)) - db) < 1e-9, String(db));
  assert.equal(travelToGain(0), -120);
  assert.equal(gainToTravel(-120), 0);
});

test("meters stay inside their box", () => {
  assert.equal(meterHeight(-120), 0);
  assert.equal(meterHeight(3), 1);
  assert.deepEqual([-40, -20, -6, 0].map(meterZone), ["quiet", "good", "hot", "over"]);
});

test("numbers read well", () => {
  assert.deepEqual([4_200_000, 75_000_000, 3_723_000_000].map(duration), ["4.2 s", "1:15", "1:02:03"]);
  assert.deepEqual([0, 42e6, 300e6, 7200e6].map(ago), ["just now", "42 s ago", "5 min ago", "2 h ago"]);
  assert.deepEqual([-120, -6, 0, 3.04].map(decibels), ["−∞ dB", "−6.0 dB", "0.0 dB", "+3.0 dB"]);
  assert.equal(loudness(-18.4), "−18 LUFS");
});

test("layers move by one, by drag, and never out of the list", () => {
  assert.deepEqual(moved(["a", "b", "c"], "a", 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b", "c"], "c", 5), ["a", "b", "c"]);
  assert.deepEqual(dropped(["a", "b", "c"], "c", "a"), ["c", "a", "b"]);
  assert.deepEqual(dropped(["a", "b", "c"], "a", "c"), ["b", "c", "a"]);
});

test("an order that was asked for stands until the stage has it, whatever the hub said by then", () => {
  const order = new AskedOrder();
  const told = (layerIds: string[], offset: number, pending: number) => order.seen({ layerIds, offset, pending });
  const asked = ["b", "a"];
  told(["a", "b"], 10, 0);
  order.ask(asked);
  order.accepted(asked, 11);
  told(["a", "b"], 10, 0);
  assert.deepEqual(order.over(["a", "b"]), asked, "accepted, and not told yet");
  told(["a", "b", "new"], 11, 2);
  assert.deepEqual(order.over(["a", "b", "new"]), ["b", "a", "new"], "the stage has not taken it; what came since lies in front");
  told(["b", "a", "new"], 12, 1);
  told(["new", "b", "a"], 13, 1);
  assert.deepEqual(order.over(["new", "b", "a"]), ["new", "b", "a"], "it has come; what another host does now is seen");
});

test("an order there and back again is not undone by the first half", () => {
  const order = new AskedOrder();
  const [there, back] = [["b", "a"], ["a", "b"]];
  order.seen({ layerIds: back, offset: 10, pending: 0 });
  order.ask(there);
  order.ask(back);
  order.accepted(there, 11);
  order.accepted(back, 12);
  order.seen({ layerIds: back, offset: 12, pending: 2 });
  order.seen({ layerIds: there, offset: 13, pending: 1 });
  assert.deepEqual(order.over(there), back);
  order.seen({ layerIds: back, offset: 14, pending: 0 });
  assert.deepEqual(order.over(there), there, "given up: only the stage's word counts again");
});

test("an order that was refused, or whose stage is forgotten, is given up", () => {
  const order = new AskedOrder();
  order.ask(["b", "a"]);
  order.refused(["b", "a"]);
  assert.deepEqual(order.over(["a", "b"]), ["b", "a"], "it was another ask that was refused");
  order.seen(null);
  assert.deepEqual(order.over(["a", "b"]), ["a", "b"]);
  const asked = ["b", "a"];
  order.ask(asked);
  order.refused(asked);
  assert.deepEqual(order.over(["a", "b"]), ["a", "b"]);
});

test("every place is found again by its rectangle", () => {
  for (const place of PLACES) assert.equal(placeOf(place.rect), place);
  assert.equal(placeOf({ x: 0.1, y: 0.2, width: 0.3, height: 0.3 }), null);
});

test("what has left the stage is not listed", () => {
  const things = [{ leavesPicture: null }, { leavesPicture: 90 }];
  assert.equal(present(things, 89).length, 2);
  assert.equal(present(things, 90).length, 1);
  assert.equal(present(things, null).length, 2, "with the stage away nobody knows");
  assert.equal(secondsLeft({ leavesPicture: 90 }, 60, 30), 1);
});

test("a knob's arc is an arc", () => {
  assert.match(arc(0, 1), /^M[\d. ]+A14 14 0 1 1 [\d. ]+$/);
  assert.match(arc(0.5, 0.4), /A14 14 0 0 1/);
});

test("what is wrong with an output is said in few words", () => {
  assert.equal(wrongInShort("window", "no window: this machine has no screen; connect a display"), "no window");
  assert.equal(wrongInShort("speaker", "no sound: Error querying device -1; connect a sound card"), "no sound");
  assert.equal(wrongInShort("recording", "the disk is full; make room"), "recording: the disk is full");
});

test("what is wrong with a stream is said with its guest's name", () => {
  const guests = [{ streamId: "s-1", name: "Sanne" }, { streamId: "s-2", name: "" }, { streamId: null, name: "Bo" }];
  assert.equal(namingGuests("stream s-1 stalls, stream s-2 rests", guests), "Sanne stalls, a guest rests");
});

test("a cue in the hall's tempo begins on a beat and lasts whole beats", () => {
  const tempo = { bpm: 100, confidence: 1, beatUs: 10_000_000 };
  for (const nowUs of [9_000_000, 10_000_000, 10_123_456, 99_999_999]) {
    const leadMs = leadToBeat(tempo, nowUs, 1500);
    const beats = (nowUs + leadMs * 1000 - tempo.beatUs) / 600_000;
    assert.ok(leadMs >= 1499 && leadMs <= 2101, `${leadMs}`);
    assert.ok(Math.abs(beats - Math.round(beats)) < 0.002, `${beats}`);
  }
  const wave = inTempo({ type: "wave", color: "#ffffff", across: "side", durationMs: 4000 }, 100);
  assert.deepEqual(wave, { type: "wave", color: "#ffffff", across: "side", durationMs: 2400 });
  const pulse = inTempo({ type: "phone_sound", tone: "pulse", durationMs: 8000 }, 100);
  assert.deepEqual(pulse, { type: "phone_sound", tone: "pulse", durationMs: 7200 });
});
