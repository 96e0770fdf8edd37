// Drives the phone page in Firefox over WebDriver BiDi: comes in, sends one piece of every kind, and says what it saw.
//   node firefox_phone.mjs WEB_FOLDER FIREFOX JOIN_URL PROFILE_FOLDER
// Prints one JSON object: what the browser offers, and what the page said of each piece.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [webFolder, firefox, joinUrl, profile] = process.argv.slice(2);
const entry = createRequire(join(webFolder, "package.json")).resolve("puppeteer-core");
const { default: puppeteer } = await import(pathToFileURL(entry).href);

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  headless: true,
  protocolTimeout: 120_000,
  userDataDir: profile,
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
  },
});
const errors = [];

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.goto(joinUrl);
  await page.locator("#name").fill("Fenna Fox");
  await page.locator("button.primary").click();
  await page.waitForSelector("nav.tiles");

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
} finally {
  await browser.close();
}

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
