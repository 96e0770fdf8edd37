// One try of the Wi-Fi: answers what the hub asks on `/wifi/try` (echoes, bytes there, bytes back) and gives what came of it.
import type { Downloaded, Echo, Found, Problem, Received, SaidByHub, Uploaded } from "../wire.ts";

const CHUNK_BYTES = 64 * 1024;
/** So much may wait in the browser: enough to keep the line full, little enough to end in time. */
const AHEAD_BYTES = 512 * 1024;
const LOOK_AGAIN_MS = 2;
/** Not counted, as on the hub's side. */
const WARM_MS = 500;
const MOST_BYTES = 256 * 2 ** 20;

export class TrialFailed extends Error {}

/** Try once; `progress` hears 0 to 1. Rejects with TrialFailed, whose message is for people. */
export function tryWifi(url: string, progress: (fraction: number) => void): Promise<Found> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const count = new Count();
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (typeof data !== "string") {
        count.take(data.byteLength);
        return;
      }
      const said = JSON.parse(data) as SaidByHub | Problem;
      if (!("type" in said)) {
        reject(new TrialFailed(said.message));
        return;
      }
      switch (said.type) {
        case "echo":
          say(socket, said);
          progress(0.05 + said.number * 0.005);
          break;
        case "upload":
          void send(socket, said.seconds, (fraction) => progress(0.15 + 0.4 * fraction));
          break;
        case "download":
          count.begin(said.seconds, (fraction) => progress(0.55 + 0.4 * fraction));
          break;
        case "downloaded":
          say(socket, { type: "received", mbitS: count.mbitS });
          break;
        case "found":
          progress(1);
          resolve(said);
      }
    };
    socket.onclose = () =>
      reject(new TrialFailed("The line broke off. Is this phone on the hall’s Wi-Fi? Then try again."));
  });
}

/** What comes in, counted once the line is under way. */
class Count {
  #beganMs = 0;
  #lastMs = 0;
  #bytes = 0;
  #lengthMs = 1;
  #progress: (fraction: number) => void = () => {};

  begin(seconds: number, progress: (fraction: number) => void): void {
    this.#beganMs = performance.now();
    this.#lengthMs = seconds * 1000;
    this.#progress = progress;
  }

  take(bytes: number): void {
    const nowMs = performance.now();
    this.#progress(Math.min(1, (nowMs - this.#beganMs) / this.#lengthMs));
    if (nowMs - this.#beganMs <= WARM_MS) return;
    this.#lastMs = nowMs;
    this.#bytes += bytes;
  }

  get mbitS(): number {
    const tookMs = this.#lastMs - this.#beganMs - WARM_MS;
    return tookMs > 0 ? (this.#bytes * 8) / 1e3 / tookMs : 0;
  }
}

function say(socket: WebSocket, word: Echo | Uploaded | Downloaded | Received): void {
  socket.send(JSON.stringify(word));
}

async function send(socket: WebSocket, seconds: number, progress: (fraction: number) => void): Promise<void> {
  const chunk = crypto.getRandomValues(new Uint8Array(CHUNK_BYTES));
  const beganMs = performance.now();
  let sent = 0;
  while (socket.readyState === WebSocket.OPEN) {
    const fraction = (performance.now() - beganMs) / 1000 / seconds;
    progress(Math.min(1, fraction));
    if (fraction >= 1 || sent >= MOST_BYTES) {
      say(socket, { type: "uploaded" });
      return;
    }
    while (socket.bufferedAmount < AHEAD_BYTES) {
      socket.send(chunk);
      sent += CHUNK_BYTES;
    }
    await new Promise((wake) => setTimeout(wake, LOOK_AGAIN_MS));
  }
}
