// Drives the phone page in Firefox over WebDriver BiDi: comes in, sends one piece of every kind, then sound as Ogg, then sound
// and video where the recorder has to choose by itself and names nothing; says what it saw.
//   node firefox_phone.mjs WEB_FOLDER FIREFOX PROFILE_FOLDER JOIN_URL
// Prints one JSON object: what the browser offers, which types each recorder was asked for and gave, errors of the page.
import { at, comeIn, given, until, withPage } from "./firefox_browser.mjs";

const [joinUrl] = given;

await withPage(async (page, errors) => {
  await comeIn(page, joinUrl, "Fenna Fox");

  await open(page, "text");
  await at(page, "#words").fill("Written in Firefox.");
  await send(page, 1);
  await open(page, "photo");
  await until(page, () => document.querySelector(".viewfinder video")?.videoWidth > 0);
  await at(page, ".shutter:not(:disabled)").click();
  await send(page, 2);
  await page.evaluate(watchRecorders);
  await record(page, "sound", 3);
  await record(page, "video", 4);
  const offers = await page.evaluate(() => ({
    mp4: MediaRecorder.isTypeSupported("video/mp4"),
    webm: MediaRecorder.isTypeSupported("video/webm"),
    agent: navigator.userAgent,
  }));

  await page.evaluate(() => {
    const can = MediaRecorder.isTypeSupported;
    MediaRecorder.isTypeSupported = (type) => !type.includes("webm") && can.call(MediaRecorder, type);
  });
  await record(page, "sound", 5, "0:02");
  await page.evaluate(() => {
    MediaRecorder.isTypeSupported = () => false;
    MediaRecorder.namesPieces = false;
  });
  await record(page, "sound", 6, "0:02");
  await record(page, "video", 7, "0:02");
  console.log(JSON.stringify({ offers, recorders: await page.evaluate(() => window.recorders), errors }));
});

/** In the page: note what each recorder is asked for and what it names; this Firefox names its pieces, others need not. */
function watchRecorders() {
  window.recorders = [];
  const Own = window.MediaRecorder;
  window.MediaRecorder = class Watched extends Own {
    static namesPieces = true;

    constructor(stream, options) {
      super(stream, options);
      window.recorders.push({ asked: options?.mimeType ?? null, named: this.mimeType });
    }

    set ondataavailable(take) {
      super.ondataavailable = ({ data }) => take({ data: Watched.namesPieces ? data : data.slice() });
    }
  };
}

async function open(page, kind) {
  await at(page, `.tile[data-kind=${kind}]`).click();
  await page.waitForSelector("phone-compose");
}

/** Send, and wait until so many pieces stand as the hub knows them. */
async function send(page, count) {
  await at(page, ".send-row .primary:not(:disabled)").click();
  await until(
    page,
    (count) => [...document.querySelectorAll(".card")].filter((card) => /Received|Waiting/.test(card.dataset.status)).length === count,
    count,
  );
}

async function record(page, kind, count, clock = "0:03") {
  await open(page, kind);
  await at(page, ".shutter.rec:not(:disabled)").click();
  await until(page, (shown) => document.querySelector(".clock")?.textContent.includes(shown), clock);
  await at(page, ".shutter.rec").click();
  await page.waitForSelector("phone-review");
  await send(page, count);
}
