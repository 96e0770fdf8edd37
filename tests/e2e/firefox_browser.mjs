// Starts Firefox over WebDriver BiDi, with camera and microphone of its own making, and closes it whatever happens.
//   node SCRIPT WEB_FOLDER FIREFOX PROFILE_FOLDER …      the first three arguments of every script here
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [webFolder, firefox, profile, ...others] = process.argv.slice(2);

const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** What a script is given beside where things are. */
export const given = others;

/** Firefox's own word on a socket that a worker leaves behind when it is ended; nothing that a page could catch. */
const LEFT_BEHIND = /^Error: The connection to ws\S+ was interrupted while the page was loading/;

/** Do it with a page; `errors` are those that the page did not catch. */
export async function withPage(does) {
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
    page.setDefaultTimeout(WITHIN_MS);
    page.on("pageerror", (error) => {
      if (!LEFT_BEHIND.test(String(error))) errors.push(String(error));
    });
    await does(page, errors);
  } finally {
    await browser.close();
  }
}

/** Open the phone page and come in. */
export async function comeIn(page, joinUrl, name) {
  await page.goto(joinUrl);
  await at(page, "#name").fill(name);
  await at(page, "button.primary").click();
  await page.waitForSelector("nav.tiles");
}

// For some of its waiting Puppeteer makes functions of strings in the page. The page's Content-Security-Policy forbids that,
// and Firefox 140.12 holds Puppeteer to it (153 did not): no waiting for "enabled" (selectors say `:not(:disabled)`), nor its
// `waitForFunction`.

/** What `selector` finds, once it stands still in sight. */
export const at = (page, selector) => page.locator(selector).setWaitForEnabled(false);

/** Ask the page again and again until `condition` holds. */
export async function until(page, condition, ...given) {
  const lateMs = performance.now() + WITHIN_MS;
  while (!(await page.evaluate(condition, ...given))) {
    if (performance.now() > lateMs) throw new Error(`never came true: ${condition}`);
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

/** Say a line to the test that started this. */
export const say = (line) => process.stdout.write(`${line}\n`);
