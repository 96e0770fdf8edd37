// The player's pure functions, run by node's own test runner (test_console_units.py bundles this file).
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { capabilitiesOf, choosePlayer, nextBest } from "../../web/src/player/capability.ts";
import { containerType } from "../../web/src/player/container_type.ts";
import { Feed, retryWaitMs } from "../../web/src/player/feed.ts";
import { CALM_MS, KeyAsking, LONGEST_WAIT_MS } from "../../web/src/player/key_asking.ts";
import { type MediaPacket, unpack } from "../../web/src/player/packets.ts";
import { Playout } from "../../web/src/player/playout.ts";
import { LONGEST_REST_MS, Restraint } from "../../web/src/player/restraint.ts";
import { VideoTrack } from "../../web/src/player/video_track.ts";
import type { Track } from "../../web/src/wire.ts";

test("the player goes the best way this browser has, or the one asked for", () => {
  const all = { videoDecoder: true, webSocket: true, imageBitmap: true };
  assert.equal(choosePlayer(null, all), "webcodecs");
  assert.equal(choosePlayer(null, { ...all, videoDecoder: false }), "jpeg");
  assert.equal(choosePlayer(null, { ...all, videoDecoder: false, imageBitmap: false }), "mjpeg");
  assert.equal(choosePlayer("mjpeg", all), "mjpeg");
  assert.equal(choosePlayer("nonsense", all), "webcodecs");
  assert.equal(nextBest(nextBest("webcodecs")), "mjpeg");
  assert.equal(capabilitiesOf({}).videoDecoder, false);
});

test("a packet is read as the hub packs it", () => {
  const message = new ArrayBuffer(27);
  const view = new DataView(message);
  view.setUint8(0, 2);
  view.setUint8(1, 1);
  view.setUint16(2, 65_535, true);
  view.setBigInt64(8, 123_456_789n, true);
  new Uint8Array(message, 24).set([1, 2, 3]);
  const packet = unpack(message);
  assert.deepEqual({ ...packet, payload: [...(packet?.payload ?? [])] }, {
    track: 2, key: true, sequence: 65_535, capturedUs: 123_456_789, payload: [1, 2, 3],
  });
  assert.equal(unpack(new ArrayBuffer(23)), null);
});

test("it knocks ever more rarely, at most every few seconds, and never in step", () => {
  assert.ok(retryWaitMs(0, 0.5) < retryWaitMs(3, 0.5));
  assert.ok(retryWaitMs(50, 1) <= 5000);
  assert.notEqual(retryWaitMs(5, 0), retryWaitMs(5, 1));
});

/** A line that went dead: it opens, and from then on neither a byte nor a goodbye comes through. */
class DeadLine {
  static readonly opened: DeadLine[] = [];
  onclose: (() => void) | null = null;
  isClosed = false;

  constructor() {
    DeadLine.opened.push(this);
  }

  close(): void {
    this.isClosed = true;
  }
}

test("a line that went dead is left for another one, and nobody waits for its goodbye", () => {
  Object.assign(globalThis, { WebSocket: DeadLine, window: globalThis });
  mock.timers.enable({ apis: ["setTimeout"] });
  const feed = new Feed("ws://hall/live/program/watch", { hello: () => undefined, packet: () => undefined });
  feed.open();
  mock.timers.tick(8_000);
  mock.timers.tick(1_000);
  const [first, second] = DeadLine.opened;
  assert.ok(first?.isClosed);
  assert.ok(second && !second.isClosed);
  first.onclose?.(); // long afterwards
  mock.timers.tick(1_000);
  assert.equal(DeadLine.opened.length, 2);
  feed.close();
  mock.timers.tick(60_000);
  assert.equal(DeadLine.opened.length, 2);
  mock.timers.reset();
});

/** When a player that wants a key picture every 33 ms, from `fromMs` to `untilMs`, asks for one. */
function asked(asking: KeyAsking, fromMs: number, untilMs: number): number[] {
  const asks: number[] = [];
  for (let now = fromMs; now < untilMs; now += 33) if (asking.mayAsk(now)) asks.push(now);
  return asks;
}

test("a decoder that keeps failing asks for key pictures ever more rarely, and anew at once after a calm", () => {
  const asking = new KeyAsking();
  const asks = asked(asking, 0, 60_000);
  const waits = asks.slice(1).map((at, number) => at - (asks[number] ?? 0));
  assert.equal(asks[0], 0);
  assert.ok(waits.every((wait, number) => wait >= Math.min(LONGEST_WAIT_MS, 500 * 2 ** number)), String(waits));
  assert.ok(asks.length <= 12, `${asks.length} in a minute`);

  const later = (asks.at(-1) ?? 0) + CALM_MS + 1;
  assert.deepEqual(asked(asking, later, later + 600), [later, later + 528]);
});

const ascii = (words: string) => new TextEncoder().encode(words);

test("what is in a recorder's file is read from its beginning", () => {
  const avc = Uint8Array.of(0, 0, 0, 40, ...ascii("avcC"), 1, 0x42, 0xe0, 0x1e, 255);
  assert.equal(containerType("webm", ascii("…V_VP8…A_OPUS…")), 'video/webm; codecs="vp8, opus"');
  assert.equal(containerType("webm", ascii("…A_OPUS…")), 'audio/webm; codecs="opus"');
  assert.equal(containerType("mp4", Uint8Array.of(...ascii("moov…"), ...avc, ...ascii("mp4a"))), 'video/mp4; codecs="avc1.42e01e, mp4a.40.2"');
  assert.equal(containerType("mp4", ascii("moov…mp4a…")), 'audio/mp4; codecs="mp4a.40.2"');
  assert.equal(containerType("webm", ascii("nothing yet")), null);
  assert.equal(containerType("mp4", Uint8Array.of(...ascii("moov…avcC"), 1)), null, "cut in the middle");
});

/** How many of ten seconds' 30/s are drawn where one takes `costMs`. */
function drawnOf(restraint: Restraint, costMs: number): number {
  let drawn = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 1000 / 30) {
    if (restraint.waitMs(nowMs) > 0) continue;
    restraint.drew(nowMs, nowMs + costMs);
    drawn += 1;
  }
  return drawn;
}

test("pictures take their share of the page's time and no more, and never cease", () => {
  assert.equal(drawnOf(new Restraint(0.25), 1), 300, "cheap ones are all drawn");
  const dear = drawnOf(new Restraint(0.25), 20);
  assert.ok(dear > 90 && dear * 20 <= 2520, `${dear} of 20 ms`);
  assert.equal(drawnOf(new Restraint(1), 20), 300, "a page of nothing but pictures draws them all");
  const slow = new Restraint(0.25);
  slow.drew(0, 1000);
  assert.equal(slow.waitMs(1000), LONGEST_REST_MS, "one that took long does not stop the next ones for long");
});

const near = (actual: number, expected: number, why?: string) => assert.ok(Math.abs(actual - expected) < 1e-9, why);

test("sound packets are laid end to end, to the sample", () => {
  const playout = new Playout();
  const first = playout.place(1_000_000, 0.02, 5);
  assert.ok(first > 5, "a reserve against jitter");
  near(playout.place(1_020_000, 0.02, 5.015), first + 0.02);
  near(playout.place(1_040_400, 0.02, 5.04), first + 0.04, "a clock that jitters a little makes no click");
  assert.equal(playout.restarts, 0);
});

test("a late packet starts anew with a larger reserve; a reserve grown long is cut back", () => {
  const playout = new Playout();
  playout.place(0, 0.02, 0);
  const reserve = playout.reserveS;
  const late = playout.place(20_000, 0.02, 10);
  assert.ok(late >= 10 && playout.reserveS > reserve && playout.restarts === 1);
  const early = playout.place(5_000_000, 0.02, 10.02);
  assert.ok(early < 10.6 && playout.restarts === 2);
});

test("what is heard is what was placed", () => {
  const playout = new Playout();
  assert.equal(playout.heardUs(1), null);
  const start = playout.place(2_000_000, 0.02, 1);
  assert.ok(Math.abs((playout.heardUs(start) ?? 0) - 2_000_000) < 1);
});

test("of two hellos close behind each other the newer counts, whichever the browser answers first", async () => {
  const answers = new Map<string, () => void>();
  const configured: string[] = [];
  class Decoder {
    static isConfigSupported = ({ codec }: VideoDecoderConfig) =>
      new Promise((resolve) => answers.set(codec, () => resolve({ supported: true })));
    state = "configured";
    decodeQueueSize = 0;
    configure = ({ codec }: VideoDecoderConfig) => configured.push(codec);
    decode = () => undefined;
    close = () => undefined;
  }
  Object.assign(globalThis, { VideoDecoder: Decoder, EncodedVideoChunk: class {} });
  const track = new VideoTrack({ picture: () => undefined, needKey: () => undefined, unsupported: () => undefined });
  const told = ["avc1.42e01f", "vp8"].map((codec) => track.configure({ codec, description: "", matrix: null } as unknown as Track));
  answers.get("vp8")?.();
  answers.get("avc1.42e01f")?.();
  await Promise.all(told);
  track.take({ key: true, capturedUs: 0, payload: new Uint8Array(1) } as unknown as MediaPacket);
  assert.deepEqual(configured, ["vp8"]);
});
