// A recorder's MP4 on its way into a publication, in the worker: taken apart, given the times at which it was taken, and sent
// as evenly as it was. So the stage has pictures and packets like any other, where WebKit's recorder gives half a second at a time.
import { EvenPace, type Timed } from "./even_pace.ts";
import { Fragments, type Sample } from "./fragments.ts";
import type { Publication } from "./publication.ts";

/** Farther off than this and the file's time says nothing any more: the phone slept. */
const JUMP_US = 2_000_000;
/** What the origin may rise from burst to burst: the recorder's clock may be a little slow. */
const RISE_US = 200;

interface Unit extends Timed {
  readonly sample: Sample;
}

export class RecorderFile {
  readonly #publication: Publication;
  readonly #pace: EvenPace<Unit>;
  #file = new Fragments();
  #isDescribed = false;
  /** Show time of the file's beginning, by the quickest arrivals. */
  #originUs: number | null = null;

  constructor(publication: Publication) {
    this.#publication = publication;
    this.#pace = new EvenPace(
      () => publication.nowUs(),
      ({ sample, capturedUs }) => publication.takeRecorded(sample, capturedUs),
    );
  }

  /** The next bytes, whose last moment was taken before `takenUs`. Throws where they are no such file. */
  take(isFirst: boolean, bytes: ArrayBuffer, takenUs: number): void {
    if (isFirst) {
      this.#file = new Fragments();
      this.#isDescribed = false;
      this.#originUs = null;
    }
    const samples = this.#file.take(bytes);
    const last = samples.at(-1);
    if (!last) return;
    if (!this.#isDescribed) {
      this.#isDescribed = true;
      this.#publication.describeRecorded(this.#file.tracks);
    }
    const originUs = this.#follow(takenUs - last.atUs - last.lastsUs);
    this.#pace.put(samples.map((sample) => ({ sample, capturedUs: originUs + sample.atUs })));
  }

  close(): void {
    this.#pace.close();
  }

  #follow(offUs: number): number {
    const before = this.#originUs;
    const isFar = before === null || offUs - before > JUMP_US;
    this.#originUs = isFar ? offUs : Math.min(offUs, before + RISE_US);
    return this.#originUs;
  }
}
