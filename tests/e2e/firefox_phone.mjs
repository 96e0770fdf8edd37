// Drives the phone page in Firefox over WebDriver BiDi: comes in, sends one piece of every kind, and says what it saw.
//   node firefox_phone.mjs WEB_FOLDER FIREFOX PROFILE_FOLDER JOIN_URL
// Prints one JSON object: what the browser offers, and what the page said of each piece.
import { comeIn, given, withPage } from "./firefox_browser.mjs";

const [joinUrl] = given;

await withPage(async (page, errors) => {
  await comeIn(page, joinUrl, "Fenna Fox");

  await open(page, "text");
  await page.locator("#words").fill("Written in Firefox.");
  await send(page, 1);
  await open(page, "photo");
  await page.waitForFunction(() => document.querySelector(".viewfinder video")?.videoWidth > 0);
  await page.locator(".shutter:not(:disabled)").click();
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
  await page.locator(`.tile[data-kind=${kind}]`).click();
  await page.waitForSelector("phone-compose");
}

/** Send, and wait until so many pieces stand as the hub knows them. */
async function send(page, count) {
  await page.locator(".send-row .primary:not(:disabled)").click();
  await page.waitForFunction(
    (count) => [...document.querySelectorAll(".card")].filter((card) => /Received|Waiting/.test(card.dataset.status)).length === count,
    {},
    count,
  );
}

async function record(page, kind, count) {
  await open(page, kind);
  await page.locator(".shutter.rec:not(:disabled)").click();
  await page.waitForFunction(() => document.querySelector(".clock")?.textContent.includes("0:02"));
  await page.locator(".shutter.rec").click();
  await page.waitForSelector("phone-review");
  await send(page, count);
}
