// A recorder's MP4 on its way into a publication, in the worker: taken apart, given the times at which it was taken, and sent
// as evenly as it was. So the stage has pictures and packets like any other, where WebKit's recorder gives half a second at a time.
import { EvenPace, type Timed } from "./even_pace.ts";
import { Fragments, type Sample } from "./fragments.ts";
import type { Publication } from "./publication.ts";
import { BurstOrigin } from "./stamps.ts";

interface Unit extends Timed {
  readonly sample: Sample;
}

export class RecorderFile {
  readonly #publication: Publication;
  readonly #pace: EvenPace<Unit>;
  #file = new Fragments();
  #isDescribed = false;
  #origin = new BurstOrigin();

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
      this.#origin = new BurstOrigin();
    }
    const samples = this.#file.take(bytes);
    const last = samples.at(-1);
    if (!last) return;
    if (!this.#isDescribed) {
      this.#isDescribed = true;
      this.#publication.describeRecorded(this.#file.tracks);
    }
    const originUs = this.#origin.after(last.atUs + last.lastsUs, takenUs);
    this.#pace.put(samples.map((sample) => ({ sample, capturedUs: originUs + sample.atUs })));
  }

  close(): void {
    this.#pace.close();
  }
}
