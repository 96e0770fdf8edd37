// The publishing worker: a phone's busy page must hold up neither the encoder nor the socket. Words come in, one publication
// is fed, words go out. A file of its own (`air_worker.js`).
import type { WorkerScope } from "./browser.ts";
import { Publication } from "./publication.ts";
import { Sources } from "./sources.ts";
import type { PageWord, WorkerWord } from "./words.ts";

const scope = self as unknown as WorkerScope<PageWord, WorkerWord>;
let publication: Publication | null = null;
let sources: Sources | null = null;
let offsetUs = 0;

scope.onmessage = ({ data: word }) => {
  if (word.type === "begin") {
    const before = publication;
    // What the one before says of its end is not how this one stands.
    const begun: Publication = new Publication(word, (said) => begun === publication && scope.postMessage(said));
    publication = begun;
    publication.offsetUs = offsetUs;
    before?.close();
    sources?.close();
    sources = new Sources(publication);
  } else if (word.type === "beat") {
    scope.postMessage({ type: "beat" });
  } else if (word.type === "clock") {
    offsetUs = word.offsetUs;
    if (publication) publication.offsetUs = offsetUs;
  } else if (publication && sources) {
    take(word, publication, sources);
  }
};

function take(word: PageWord, to: Publication, from: Sources): void {
  switch (word.type) {
    case "pictures":
      from.readPictures(word.readable);
      to.interrupt();
      break;
    case "camera":
      try {
        from.readCamera(word.track);
      } catch (error) {
        scope.postMessage({ type: "unable", what: "video", reason: String(error) });
      }
      to.interrupt();
      break;
    case "picture":
      to.takePicture(word.frame, word.takenAtEpochUs + offsetUs);
      break;
    case "still":
      to.takeStill(word.jpeg, word.width, word.height, word.takenAtEpochUs + offsetUs);
      break;
    case "sound":
      from.readSound(word.readable);
      break;
    case "pcm":
      from.readPort(word.port, word.sampleRateHz);
      break;
    case "container":
      to.takeContainer(word.codec, word.first, word.bytes, word.takenAtEpochUs + offsetUs);
      break;
    case "file":
      try {
        from.readFile(word.first, word.bytes, word.takenAtEpochUs + offsetUs);
      } catch (error) {
        scope.postMessage({ type: "unable", what: "video", reason: String(error) });
      }
      break;
    case "pause":
      from.close();
      break;
    case "packets":
      to.setPacketMs(word.packetMs);
      break;
    case "wake":
      to.wake();
      break;
    case "end":
      from.close();
      to.close();
  }
}
