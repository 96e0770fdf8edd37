// The pure parts of publishing, run by node's own test runner (test_air_units.py bundles this file).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import { EncoderPulse, LOOK_EVERY_MS } from "../../web/src/live/encoder_pulse.ts";
import { EvenPace } from "../../web/src/live/even_pace.ts";
import { Fragments, type Sample } from "../../web/src/live/fragments.ts";
import { HeldBack } from "../../web/src/live/held_back.ts";
import { type Abilities, canGo, chooseTier, nextTier, TIERS } from "../../web/src/live/ladder.ts";
import { pack } from "../../web/src/live/packing.ts";
import { fitted, Pressure, turnedDown } from "../../web/src/live/pressure.ts";
import { Pulse, TICK_MS } from "../../web/src/live/pulse.ts";
import type { Publication } from "../../web/src/live/publication.ts";
import { Remedies } from "../../web/src/live/remedies.ts";
import { Sources } from "../../web/src/live/sources.ts";
import { BurstOrigin, Pace, Stamps } from "../../web/src/live/stamps.ts";
import { Tracks } from "../../web/src/live/tracks.ts";
import { unpack } from "../../web/src/player/packets.ts";

const EVERYTHING: Abilities = {
  camera: true, worker: true, socket: true, videoEncoder: true, processorHere: true, trackTravels: false, worklet: true, recorder: true,
};
const TARGET = { kbitsPerS: 800, picturesPerS: 30, heightPx: 360 };

test("each browser goes the best way it has", () => {
  const without = (...gone: (keyof Abilities)[]) => chooseTier(null, { ...EVERYTHING, ...Object.fromEntries(gone.map((one) => [one, false])) });
  assert.equal(without(), "a");
  assert.equal(chooseTier(null, { ...EVERYTHING, processorHere: false, trackTravels: true }), "a2");
  assert.equal(without("processorHere"), "b");
  assert.equal(without("processorHere", "videoEncoder"), "c");
  assert.equal(without("processorHere", "videoEncoder", "worklet"), "d");
  assert.equal(without("camera"), "e");
});

test("pictures that are under way when another camera takes over are closed, and not sent", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const taken: string[] = [];
  const closed: string[] = [];
  const picture = (name: string) => ({ name, timestamp: 0, close: () => closed.push(name) });
  const camera = () => {
    let feed: ReadableStreamDefaultController | undefined;
    let isCancelled = false;
    const readable = new ReadableStream({ start: (controller) => { feed = controller; }, cancel: () => { isCancelled = true; } });
    return { readable, give: (name: string) => feed?.enqueue(picture(name)), isCancelled: () => isCancelled };
  };
  const [front, back] = [camera(), camera()];
  const takePicture = (frame: { name: string }) => taken.push(frame.name);
  const sources = new Sources({ takePicture, nowUs: () => 0 } as unknown as Publication);
  sources.readPictures(front.readable);
  front.give("first");
  await new Promise(setImmediate);
  sources.readPictures(back.readable);
  for (const name of ["second", "third"]) front.give(name);
  back.give("other");
  await new Promise(setImmediate);
  assert.deepEqual([taken, closed, front.isCancelled()], [["first", "other"], ["second", "third"], false]);
  mock.timers.tick(1_000);
  await new Promise(setImmediate);
  assert.deepEqual([front.isCancelled(), back.isCancelled()], [true, false]);
  mock.timers.reset();
});

test("a way that is asked for is gone where it can be", () => {
  assert.equal(chooseTier("c", EVERYTHING), "c");
  assert.equal(chooseTier("a2", EVERYTHING), "a");
  assert.equal(chooseTier("nonsense", EVERYTHING), "a");
  assert.ok(TIERS.every((tier) => canGo(tier, { ...EVERYTHING, trackTravels: true })));
});

test("the ladder goes down and ends", () => {
  const gone = ["a" as const];
  while (gone.at(-1) !== "e") gone.push(nextTier(gone.at(-1) ?? "e", EVERYTHING));
  assert.deepEqual(gone, ["a", "b", "c", "d", "e"]);
});

test("what is packed is what the player unpacks", () => {
  const message = pack({ track: 1, key: true, capturedUs: 123_456_789_012, payload: new Uint8Array([1, 2, 3]) }, 65_537, 9);
  const packet = unpack(message);
  assert.deepEqual(packet && { ...packet, payload: [...packet.payload] }, {
    track: 1, key: true, sequence: 1, capturedUs: 123_456_789_012, payload: [1, 2, 3],
  });
  assert.equal(new DataView(message).getBigInt64(16, true), 9n);
});

test("stamps keep the device's distances and the quickest arrivals' origin", () => {
  const stamps = new Stamps();
  const late = [0, 9, 3, 14, 1, 20, 0, 7].map((ms) => ms * 1000);
  const captured = late.map((lateUs, n) => stamps.captured(5e9 + n * 33_333, 1e12 + n * 33_333 + lateUs));
  captured.forEach((us, n) => assert.ok(Math.abs(us - (1e12 + n * 33_333)) < 1000, `${n}: ${us}`));
});

test("stamps find their origin again after sound was missing, and never go backwards", () => {
  const stamps = new Stamps();
  let last = 0;
  const at = (deviceUs: number, arrivalUs: number) => {
    const us = stamps.captured(deviceUs, arrivalUs);
    assert.ok(us > last);
    last = us;
    return us;
  };
  for (let n = 0; n < 200; n++) at(n * 10_000, 1e9 + n * 10_000);
  // 300 ms were lost, and the device's stamps do not tell.
  for (let n = 200; n < 500; n++) at(n * 10_000, 1e9 + 300_000 + n * 10_000);
  assert.ok(Math.abs(at(5_000_000, 1e9 + 5_300_000) - (1e9 + 5_300_000)) < 1000);
  // Another camera: another origin, at once.
  assert.equal(at(77, 1e9 + 9_000_000), 1e9 + 9_000_000);
});

test("a recorder that loses time in bursts is followed before it is far behind, and a quick burst sets the origin", () => {
  const origin = new BurstOrigin();
  // Half a second of file each time, 7 % of it lost on a busy phone, and arrivals up to 200 ms late.
  let worstUs = 0;
  for (let n = 1; n <= 120; n++) {
    const arrivalUs = 1e12 + n * 537_000;
    const offUs = origin.after(n * 500_000, arrivalUs + (n % 4) * 66_000);
    worstUs = Math.max(worstUs, Math.abs(offUs + n * 500_000 - arrivalUs));
  }
  assert.ok(worstUs < 300_000, `${worstUs}`);
  // A phone that slept: at once.
  assert.equal(origin.after(61_000_000, 2e12), 2e12 - 61_000_000);
});

test("pictures are thinned evenly", () => {
  const kept = (rate: number, asked: number) => {
    const pace = new Pace();
    return Array.from({ length: rate * 10 }, (_, n) => pace.admits((n * 1e6) / rate + (n % 3) * 2000, asked)).filter(Boolean).length / 10;
  };
  for (const [rate, asked, least, most] of [[30, 30, 29, 30], [30, 15, 14.5, 15.5], [30, 10, 9.5, 10.5], [60, 30, 29, 31], [24, 30, 23, 24]] as const) {
    const got = kept(rate, asked);
    assert.ok(got >= least && got <= most, `${rate} → ${asked}: ${got}`);
  }
});

test("a line that backs up is given less, and more again only slowly", () => {
  const pressure = new Pressure();
  const seconds = (count: number, waitingBytes: number, from: number) => {
    for (let n = 0; n < count; n++) {
      pressure.admits(waitingBytes, 800);
      pressure.look((from + n) * 1000 + 1);
    }
  };
  seconds(5, 0, 1);
  assert.deepEqual([pressure.scale, pressure.dropped], [1, 0]);
  pressure.isBusy();
  assert.equal(pressure.isShort, false, "the encoder is behind, not the line");
  pressure.look(9_000);
  seconds(6, 500_000, 10);
  assert.equal(pressure.isShort, true);
  assert.ok(pressure.scale < 0.4, String(pressure.scale));
  assert.deepEqual([pressure.dropped, pressure.refused], [7, 6], "one was the encoder's");
  const low = pressure.scale;
  seconds(5, 0, 20);
  assert.equal(pressure.scale, low);
  assert.equal(pressure.isShort, true, "not long ago");
  seconds(120, 0, 30);
  assert.equal(pressure.isShort, false);
  assert.equal(pressure.scale, 1);
  seconds(300, 500_000, 200);
  assert.ok(pressure.scale > 0.1);
});

test("bits go first, then pictures, then size", () => {
  assert.deepEqual(turnedDown(TARGET, 1), TARGET);
  assert.deepEqual(turnedDown(TARGET, 0.7), { kbitsPerS: 560, picturesPerS: 30, heightPx: 360 });
  assert.deepEqual(turnedDown(TARGET, 0.5), { kbitsPerS: 400, picturesPerS: 15, heightPx: 360 });
  assert.deepEqual(turnedDown(TARGET, 0.12), { kbitsPerS: 96, picturesPerS: 10, heightPx: 180 });
});

test("pictures keep their shape and have even sides", () => {
  assert.deepEqual(fitted(1280, 720, 360), { width: 640, height: 360 });
  assert.deepEqual(fitted(720, 1280, 360), { width: 360, height: 640 });
  assert.deepEqual(fitted(320, 240, 360), { width: 320, height: 240 });
  assert.deepEqual(fitted(1001, 563, 360), { width: 640, height: 360 });
});

test("the hello waits for both tracks, and not for ever", () => {
  const tracks = new Tracks({ streamId: "stream-1", hasVideo: true, hasAudio: true });
  assert.equal(tracks.isComplete(0), false);
  assert.equal(tracks.describeStill(640, 360), true);
  assert.equal(tracks.describeStill(640, 360), false);
  assert.equal(tracks.isComplete(performance.now()), false);
  assert.equal(tracks.isComplete(performance.now() + 2_100), true);
  assert.deepEqual(tracks.hello().tracks.map(({ track, codec }) => [track, codec]), [[0, "jpeg"]]);
});

test("pictures wanted anew are told, and sequences wrap", () => {
  const tracks = new Tracks({ streamId: "stream-1", hasVideo: true, hasAudio: false });
  assert.equal(tracks.want([1]), false);
  assert.equal(tracks.want([0, 1]), true);
  assert.equal(tracks.want([0, 1]), false);
  for (let n = 0; n < 65_536; n++) tracks.next(0);
  assert.equal(tracks.next(0), 0);
});

test("a worker is frozen within three seconds of the page's own ticks, and never because the page slept", () => {
  const pulse = new Pulse();
  let nowMs = 0;
  const ticks = (count: number) => Array.from({ length: count }, () => pulse.tick((nowMs += TICK_MS)));
  assert.ok(!ticks(40).includes(true), "it is still loading");
  pulse.heard();
  const frozenAfter = ticks(20).indexOf(true);
  assert.ok(frozenAfter > 0 && (frozenAfter + 1) * TICK_MS <= 3_000, String(frozenAfter));
  pulse.heard();
  ticks(8);
  nowMs += 60_000;
  assert.ok(!ticks(8).includes(true), "locked for a minute");
});

test("a worker that is frozen is found out on a page that is busy now and then", () => {
  const pulse = new Pulse();
  let nowMs = 0;
  const tick = (afterMs: number) => pulse.tick((nowMs += afterMs));
  pulse.heard();
  const frozenAfter = Array.from({ length: 40 }, (_, at) => tick(at % 5 === 4 ? 4 * TICK_MS : TICK_MS)).indexOf(true);
  assert.ok(frozenAfter > 0 && frozenAfter <= 14, String(frozenAfter));
});

test("an encoder hangs after three seconds of pictures put in and none out, and never for want of pictures", () => {
  const pulse = new EncoderPulse();
  const looks = (count: number, isFed = true) =>
    Array.from({ length: count }, () => {
      if (isFed) pulse.fed();
      return pulse.look();
    });
  assert.ok(!looks(20).includes(true), "it is still being fetched");
  pulse.gave();
  assert.ok(!looks(100, false).includes(true), "nobody watched");
  const hungAfterMs = (looks(20).indexOf(true) + 1) * LOOK_EVERY_MS;
  assert.ok(hungAfterMs >= 3_000 && hungAfterMs <= 3_500, String(hungAfterMs));
  pulse.begin();
  assert.ok(!looks(20).includes(true), "another one");
});

test("an encoder that keeps forty pictures to itself is found out, and none that has a few or was held up for a moment", () => {
  const held = new HeldBack();
  const looks = (count: number, gives: (n: number) => boolean) => Array.from({ length: count }, () => {
    for (let n = 0; n < 8; n += 1) {
      held.took();
      if (gives(n)) held.gave();
    }
    return held.look(0);
  });
  assert.deepEqual(looks(4, () => false), [false, false, true, true], "at thirty a second, after three quarters of one");
  held.begin();
  assert.ok(!held.look(0), "the next one has none yet");
  assert.deepEqual(looks(2, (n) => n > 4), [false, false], "ten within, as hardware has");
  assert.ok(!looks(8, () => true).includes(true));
  held.begin();
  for (let n = 0; n < 40; n += 1) held.took();
  assert.ok(!held.look(40) && !held.look(30), "they wait in its queue");
  assert.ok(!held.look(0), "a worker that was held up");
  for (let n = 0; n < 40; n += 1) held.gave();
  assert.ok(!held.look(0));
});

test("pictures that cannot be shown are sent another way, once each, and again only after it went well", () => {
  const remedies = new Remedies();
  const look = (fromS: number, toS: number, isShown = false) =>
    Array.from({ length: toS - fromS }, (_, s) => remedies.look(isShown, (fromS + s) * 1000)).filter(Boolean);
  assert.deepEqual(look(0, 10), []);
  assert.deepEqual(look(10, 120), ["again", "down"]);
  look(120, 121, true);
  assert.deepEqual(look(121, 140), ["again"]);
});

test("a worker that freezes again and again goes another way", () => {
  const remedies = new Remedies();
  assert.deepEqual([1_000, 20_000, 200_000].map((ms) => remedies.frozen(ms)), ["again", "down", "again"]);
});

/** Of two seconds, 320×180, a key picture every half second; the last fragment's head is there twice. */
const recordedMp4 = (): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(process.env["RECORDED_MP4"] ?? ""));

for (const step of [997, 1_000_000]) {
  test(`a recorder's MP4 is taken apart, ${step} bytes at a time`, () => {
    const bytes = recordedMp4();
    const file = new Fragments();
    const samples: Sample[] = [];
    for (let at = 0; at < bytes.length; at += step) samples.push(...file.take(bytes.slice(at, at + step).buffer));
    const [video, audio] = file.tracks;
    assert.deepEqual([video?.kind, video?.widthPx, video?.heightPx], ["video", 320, 180]);
    assert.match(video?.codec ?? "", /^avc1\.[0-9a-f]{6}$/);
    assert.equal(video?.description[0], 1, "avcC");
    assert.deepEqual([audio?.kind, audio?.codec, audio?.channels], ["audio", "opus", 2]);
    const pictures = samples.filter((one) => one.kind === "video");
    assert.deepEqual(pictures.map((one) => Math.round((one.atUs * 30) / 1e6)), Array.from({ length: 60 }, (_, n) => n));
    assert.deepEqual(pictures.flatMap((one, n) => (one.key ? [n] : [])), [0, 15, 30, 45]);
    const sound = samples.filter((one) => one.kind === "audio");
    const lastsUs = sound.reduce((sum, one) => sum + one.lastsUs, 0);
    assert.ok(Math.abs(lastsUs - 2e6) < 60_000, String(lastsUs));
    assert.ok(samples.every((one) => one.payload.length > 0));
  });
}

test("what is no recorder's MP4 is refused, and a box without end is not waited for", () => {
  assert.throws(() => new Fragments().take(new Uint8Array(64).buffer), /box/);
  const endless = new Uint8Array(16);
  new DataView(endless.buffer).setUint32(0, 2 ** 31);
  assert.throws(() => new Fragments().take(endless.buffer), /box/);
  const bytes = recordedMp4();
  const at = bytes.findIndex((_, n) => String.fromCharCode(...bytes.subarray(n, n + 4)) === "Opus");
  bytes.set([..."mp4a"].map((letter) => letter.charCodeAt(0)), at);
  assert.throws(() => new Fragments().take(bytes.buffer), /expected H.264 and Opus, got mp4a/);
});

interface Timed {
  readonly capturedUs: number;
  readonly sample: { readonly kind: "video" | "audio"; readonly lastsUs: number };
}

const burstOf = (kind: "video" | "audio", fromMs: number, toMs: number, everyMs: number): Timed[] =>
  Array.from({ length: Math.round((toMs - fromMs) / everyMs) }, (_, n) => {
    return { capturedUs: (fromMs + n * everyMs) * 1000, sample: { kind, lastsUs: everyMs * 1000 } };
  });

test("what comes in bursts goes out as it was taken, pictures and sound together", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 0;
  const out: { readonly atMs: number; readonly capturedUs: number }[] = [];
  const pace = new EvenPace(() => nowMs * 1000, ({ capturedUs }: Timed) => out.push({ atMs: nowMs, capturedUs }));
  for (; nowMs < 6_000; nowMs += 10) {
    if (nowMs && nowMs % 500 === 0) pace.put(burstOf("video", nowMs - 500, nowMs, 50));
    if (nowMs && nowMs % 1000 === 0) pace.put(burstOf("audio", nowMs - 1000, nowMs, 20));
    mock.timers.tick(10);
  }
  mock.timers.reset();
  const late = out.filter(({ atMs }) => atMs > 2_500).map(({ atMs, capturedUs }) => atMs - capturedUs / 1000);
  assert.ok(late.length > 200);
  assert.ok(Math.max(...late) - Math.min(...late) <= 40, `${Math.min(...late)} to ${Math.max(...late)} ms`);
  assert.ok(out.every(({ capturedUs }, n) => n === 0 || capturedUs >= (out[n - 1]?.capturedUs ?? 0) || out[n]?.atMs === 1_000));
});

test("a burst that was taken earlier than it seemed is overtaken by none", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let nowMs = 0;
  const out: Timed[] = [];
  const pace = new EvenPace(() => nowMs * 1000, (unit: Timed) => out.push(unit));
  // The first came 100 ms later than those after it, which say by that when it was taken: the second begins in its midst.
  const first = [...burstOf("video", 100, 600, 50), ...burstOf("audio", 100, 600, 20)];
  const second = [...burstOf("video", 500, 1_000, 50), ...burstOf("audio", 500, 1_000, 20)];
  const inTurn = new Map([...first, ...second].map(({ sample }, n) => [sample, n]));
  for (; nowMs < 3_000; nowMs += 10) {
    if (nowMs === 600) pace.put(first);
    if (nowMs === 1_000) pace.put(second);
    mock.timers.tick(10);
  }
  mock.timers.reset();
  for (const kind of ["video", "audio"]) {
    const given = out.filter(({ sample }) => sample.kind === kind);
    const turns = given.map(({ sample }) => inTurn.get(sample) ?? -1);
    assert.deepEqual(turns, turns.toSorted((a, b) => a - b), `${kind} in the order of the file`);
    assert.equal(given.length, kind === "video" ? 20 : 50);
    assert.ok(given.every(({ capturedUs }, n) => n === 0 || capturedUs > (given[n - 1]?.capturedUs ?? 0)), `${kind} never backwards`);
  }
});

test("bursts beyond what is kept go on at once", () => {
  const out: number[] = [];
  const pace = new EvenPace(() => 0, ({ capturedUs }: Timed) => out.push(capturedUs));
  pace.put(burstOf("video", 0, 1e6, 1_000));
  assert.equal(out.length, 200);
  pace.close();
});
