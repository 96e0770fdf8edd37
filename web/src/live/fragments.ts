// A recorder's MP4 taken apart as it comes: the pictures and packets of sound in its fragments, each with its time, and what
// decodes them. Reads what recorders of browsers write (H.264 with Opus, in fragments), and throws at anything else. Pure.

export interface FileTrack {
  readonly kind: "video" | "audio";
  /** As WebCodecs calls it. */
  readonly codec: string;
  /** The decoder's configuration (avcC); empty for sound. */
  readonly description: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: number;
}

export interface Sample {
  readonly kind: "video" | "audio";
  /** A decoder can begin here. */
  readonly key: boolean;
  /** Since the file's beginning. */
  readonly atUs: number;
  readonly lastsUs: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

interface Track extends FileTrack {
  readonly ticksPerS: number;
  /** Of a sample that says nothing itself. */
  defaultTicks: number;
  defaultBytes: number;
  /** Where its next fragment begins, if that does not say so. */
  nextTicks: number;
}

/** A sample that is announced and lies in the `mdat` to come, at this place in the file. */
type Announced = Omit<Sample, "payload" | "key"> & { readonly place: number; readonly bytes: number };

/** The largest box there is: seconds of pictures. */
const MOST_BOX_BYTES = 8e6;
const MOST_SAMPLES = 4_000;
const NAL_KEY = 5;

export class Fragments {
  readonly #tracks = new Map<number, Track>();
  #waiting: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where in the file `#waiting` begins. */
  #place = 0;
  #announced: Announced[] = [];

  /** Known once the file's head was there. */
  get tracks(): readonly FileTrack[] {
    return [...this.#tracks.values()];
  }

  /** Take the file's next bytes, cut anywhere; return the samples that are whole now, as they lie in the file. */
  take(bytes: ArrayBuffer): Sample[] {
    const all = new Uint8Array(this.#waiting.length + bytes.byteLength);
    all.set(this.#waiting);
    all.set(new Uint8Array(bytes), this.#waiting.length);
    const samples: Sample[] = [];
    let at = 0;
    for (const box of boxesOf(all)) {
      if (box.type === "moov") this.#readHead(box.body);
      if (box.type === "moof") this.#readFragment(box.body, this.#place + box.from);
      if (box.type === "mdat") samples.push(...this.#cut(box.body, this.#place + box.bodyFrom));
      at = box.to;
    }
    this.#waiting = all.slice(at);
    this.#place += at;
    if (this.#waiting.length > MOST_BOX_BYTES) throw new Error("expected fragments, got a box without end");
    return samples;
  }

  #readHead(moov: Uint8Array): void {
    for (const trak of boxesIn(moov, "trak")) {
      const [id, track] = trackOf(trak);
      this.#tracks.set(id, track);
    }
    for (const mvex of boxesIn(moov, "mvex")) {
      for (const trex of boxesIn(mvex, "trex")) {
        const view = viewOf(trex);
        const track = this.#tracks.get(view.getUint32(4));
        if (track) Object.assign(track, { defaultTicks: view.getUint32(12), defaultBytes: view.getUint32(16) });
      }
    }
  }

  #readFragment(moof: Uint8Array, place: number): void {
    // One that came twice, as WebKit's last does, counts once.
    this.#announced = [];
    for (const traf of boxesIn(moof, "traf")) this.#readRuns(traf, place);
    if (this.#announced.length > MOST_SAMPLES) throw new Error("expected a fragment, got more samples than one has");
  }

  #readRuns(traf: Uint8Array, moofPlace: number): void {
    const head = new Fields(first(traf, "tfhd"));
    const track = this.#tracks.get(head.u32());
    if (!track) throw new Error("expected a fragment of a track that was told of");
    const from = head.flags & 0x1 ? head.u64() : moofPlace;
    if (head.flags & 0x2) head.u32();
    const ticks = head.flags & 0x8 ? head.u32() : track.defaultTicks;
    const bytes = head.flags & 0x10 ? head.u32() : track.defaultBytes;
    const [time] = boxesIn(traf, "tfdt");
    if (time) track.nextTicks = new Fields(time).u32or64();
    let next = from;
    for (const run of boxesIn(traf, "trun")) next = this.#readRun(new Fields(run), track, { from, next, ticks, bytes });
  }

  /** Returns where the run's last sample ends. */
  #readRun(
    run: Fields,
    track: Track,
    usual: { readonly from: number; readonly next: number; readonly ticks: number; readonly bytes: number },
  ): number {
    const { flags } = run;
    const count = Math.min(run.u32(), MOST_SAMPLES);
    let place = flags & 0x1 ? usual.from + run.i32() : usual.next;
    if (flags & 0x4) run.u32();
    for (let sample = 0; sample < count; sample++) {
      const ticks = flags & 0x100 ? run.u32() : usual.ticks;
      const bytes = flags & 0x200 ? run.u32() : usual.bytes;
      if (flags & 0x400) run.u32();
      const shift = flags & 0x800 ? run.i32() : 0;
      const atUs = ((track.nextTicks + shift) / track.ticksPerS) * 1e6;
      this.#announced.push({ kind: track.kind, atUs, lastsUs: (ticks / track.ticksPerS) * 1e6, place, bytes });
      track.nextTicks += ticks;
      place += bytes;
    }
    return place;
  }

  #cut(mdat: Uint8Array, place: number): Sample[] {
    const inside = this.#announced.filter(
      (one) => one.bytes > 0 && one.place >= place && one.place + one.bytes <= place + mdat.length,
    );
    this.#announced = [];
    return inside.map(({ kind, atUs, lastsUs, place: from, bytes }) => {
      const payload = mdat.slice(from - place, from - place + bytes);
      return { kind, atUs, lastsUs, payload, key: kind === "audio" || hasKeyPicture(payload) };
    });
  }
}

function trackOf(trak: Uint8Array): [number, Track] {
  const tkhd = new Fields(first(trak, "tkhd"));
  tkhd.skip(tkhd.version ? 16 : 8);
  const id = tkhd.u32();
  const mdia = first(trak, "mdia");
  const mdhd = new Fields(first(mdia, "mdhd"));
  mdhd.skip(mdhd.version ? 16 : 8);
  const ticksPerS = mdhd.u32() || 1;
  const stsd = first(first(first(mdia, "minf"), "stbl"), "stsd");
  const [entry] = boxesOf(stsd.subarray(8));
  const rest = { ticksPerS, defaultTicks: 0, defaultBytes: 0, nextTicks: 0 };
  if (entry?.type === "avc1") return [id, { ...pictureTrack(entry.body), ...rest }];
  if (entry?.type === "Opus") {
    const channels = viewOf(entry.body).getUint16(16);
    const sound = { kind: "audio", codec: "opus", description: new Uint8Array(0), widthPx: 0, heightPx: 0 } as const;
    return [id, { ...sound, channels, ...rest }];
  }
  throw new Error(`expected H.264 and Opus, got ${entry?.type}`);
}

const AVC1_HEAD_BYTES = 78;

function pictureTrack(avc1: Uint8Array): FileTrack {
  const view = viewOf(avc1);
  const description = first(avc1.subarray(AVC1_HEAD_BYTES), "avcC");
  const profile = [...description.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const shape = { widthPx: view.getUint16(24), heightPx: view.getUint16(26) };
  return { kind: "video", codec: `avc1.${profile}`, description, ...shape, channels: 0 };
}

/** Four bytes of length before each unit, as every recorder writes them. */
function hasKeyPicture(payload: Uint8Array): boolean {
  const view = viewOf(payload);
  for (let at = 0; at + 5 <= payload.length; at += 4 + view.getUint32(at)) {
    if ((view.getUint8(at + 4) & 0x1f) === NAL_KEY) return true;
  }
  return false;
}

// boxes

interface Box {
  readonly type: string;
  readonly from: number;
  readonly bodyFrom: number;
  readonly to: number;
  readonly body: Uint8Array;
}

/** The boxes that are whole, one after the other. */
function boxesOf(bytes: Uint8Array): Box[] {
  const view = viewOf(bytes);
  const boxes: Box[] = [];
  for (let from = 0; from + 8 <= bytes.length; ) {
    const size = view.getUint32(from);
    if (size < 8 || size > MOST_BOX_BYTES) throw new Error(`expected a box, got one of ${size} bytes`);
    const to = from + size;
    if (to > bytes.length) break;
    const type = String.fromCharCode(...bytes.subarray(from + 4, from + 8));
    boxes.push({ type, from, bodyFrom: from + 8, to, body: bytes.subarray(from + 8, to) });
    from = to;
  }
  return boxes;
}

function boxesIn(bytes: Uint8Array, type: string): Uint8Array[] {
  return boxesOf(bytes)
    .filter((box) => box.type === type)
    .map((box) => box.body);
}

function first(bytes: Uint8Array, type: string): Uint8Array {
  const [found] = boxesIn(bytes, type);
  if (!found) throw new Error(`expected a box ${type}, found none`);
  return found;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The fields of a full box, in order. */
class Fields {
  readonly version: number;
  readonly flags: number;
  readonly #view: DataView;
  #at = 4;

  constructor(body: Uint8Array) {
    this.#view = viewOf(body);
    const head = this.#view.getUint32(0);
    this.version = head >>> 24;
    this.flags = head & 0xffffff;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  i32(): number {
    this.#at += 4;
    return this.#view.getInt32(this.#at - 4);
  }

  u64(): number {
    this.#at += 8;
    return Number(this.#view.getBigUint64(this.#at - 8));
  }

  u32or64(): number {
    return this.version ? this.u64() : this.u32();
  }
}
