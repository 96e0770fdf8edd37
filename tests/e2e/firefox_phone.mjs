// Drives the phone page in Firefox over WebDriver BiDi: comes in, sends one piece of every kind, and says what it saw.
//   node firefox_phone.mjs WEB_FOLDER FIREFOX PROFILE_FOLDER JOIN_URL
// Prints one JSON object: what the browser offers, and what the page said of each piece.
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
  await record(page, "sound", 3);
  await record(page, "video", 4);

  const offers = await page.evaluate(() => ({
    mp4: MediaRecorder.isTypeSupported("video/mp4"),
    webm: MediaRecorder.isTypeSupported("video/webm"),
    agent: navigator.userAgent,
  }));
  console.log(JSON.stringify({ offers, errors }));
});

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

async function record(page, kind, count) {
  await open(page, kind);
  await at(page, ".shutter.rec:not(:disabled)").click();
  await until(page, () => document.querySelector(".clock")?.textContent.includes("0:03"));
  await at(page, ".shutter.rec").click();
  await page.waitForSelector("phone-review");
  await send(page, count);
}
