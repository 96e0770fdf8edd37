// Drives tus-js-client, unmodified, through one story; says what happened as one JSON line at the end.
// argv: folder of web/, then the job as JSON: {endpoint, file, metadata, headers, story, options}.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [web, job] = process.argv.slice(2);
const { Upload } = createRequire(`${web}/package.json`)("tus-js-client");
const { endpoint, file, metadata, headers, story, options } = JSON.parse(job);
const data = readFileSync(file);

/** Resolves when the upload succeeds; `stopAfter` bytes acknowledged it pauses instead, as a phone that is locked. */
function upload(more = {}, stopAfter = Infinity) {
  return new Promise((resolve, reject) => {
    const progress = [];
    const one = new Upload(data, {
      endpoint,
      metadata,
      headers,
      retryDelays: Array(100).fill(50),
      chunkSize: 50_000,
      ...options,
      ...more,
      onError: (error) => reject(error),
      onSuccess: () => resolve({ url: one.url, progress }),
      onChunkComplete: (_size, accepted) => {
        progress.push(accepted);
        if (accepted >= stopAfter && accepted < data.length) one.abort().then(() => resolve({ url: one.url, progress }));
      },
    });
    one.start();
  });
}

const stories = {
  whole: () => upload(),
  inCreation: () => upload({ uploadDataDuringCreation: true, chunkSize: Infinity }),
  async resumed() {
    const first = await upload({}, 100_000);
    const second = await upload({ uploadUrl: first.url });
    return { url: second.url, progress: [...first.progress, ...second.progress] };
  },
  async terminated() {
    const { url } = await upload({}, 100_000);
    await Upload.terminate(url, { headers });
    return { url, progress: [] };
  },
  async refused() {
    try {
      return await upload({ retryDelays: [] });
    } catch (error) {
      return { status: error.originalResponse.getStatus(), body: error.originalResponse.getBody() };
    }
  },
};

console.log(JSON.stringify(await stories[story]()));
