// A guest in Firefox: comes in, raises a hand, joins, is on air, is thanked.
//   node firefox_guest.mjs WEB_FOLDER FIREFOX PROFILE_FOLDER JOIN_URL NAME DEVICES
// Takes a step for each line of standard input, and says a line when it is done. DEVICES is a JSON file for `cameraOf`.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { at, comeIn, given, say, withPage } from "./firefox_browser.mjs";

const [joinUrl, name, devices] = given;

const shows = (page, state) => page.waitForSelector(`dialog.air[data-shows=${state}]`);

const steps = {
  raise_hand: async (page) => {
    await at(page, ".air-door button").click();
    await at(page, ".air-choices .tile").click();
    await shows(page, "asking");
  },
  join: async (page) => {
    await shows(page, "invited");
    await at(page, "dialog.air button.primary").click();
    await shows(page, "getting_ready");
  },
  on_air: (page) => shows(page, "on_air"),
  thanked: (page) => shows(page, "over"),
};

await withPage(async (page, errors) => {
  await page.evaluateOnNewDocument(cameraOf, await readFile(devices, "utf8"));
  await comeIn(page, joinUrl, name);
  say("in");
  for await (const step of createInterface(process.stdin)) {
    await steps[step](page);
    if (errors.length) throw new Error(errors.join("\n"));
    say(step);
  }
});

/** In the page: camera and microphone that are the test's pictures and its sound (base64), in turn, again and again. */
function cameraOf(devices) {
  const { pictures, voice } = JSON.parse(devices);
  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const PICTURES_PER_SECOND = 15;
  const camera = async () => {
    const bitmaps = await Promise.all(pictures.map((one) => createImageBitmap(new Blob([bytes(one)]))));
    const canvas = Object.assign(document.createElement("canvas"), { width: bitmaps[0].width, height: bitmaps[0].height });
    const context = canvas.getContext("2d", { alpha: false });
    let drawn = -1;
    const draw = (nowMs) => {
      const number = Math.floor((nowMs * PICTURES_PER_SECOND) / 1000);
      if (number !== drawn) context.drawImage(bitmaps[number % bitmaps.length], 0, 0);
      drawn = number;
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
    return canvas.captureStream().getVideoTracks();
  };
  const microphone = async () => {
    const context = new AudioContext();
    const buffer = await context.decodeAudioData(bytes(voice).buffer);
    const source = new AudioBufferSourceNode(context, { buffer, loop: true });
    const into = new MediaStreamAudioDestinationNode(context);
    source.connect(into);
    source.start();
    return into.stream.getAudioTracks();
  };
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) =>
    new MediaStream([...(video ? await camera() : []), ...(audio ? await microphone() : [])]);
}
