// Publishes from Firefox until standard input closes.
//   node firefox_live.mjs WEB_FOLDER FIREFOX PROBE_URL PROFILE_FOLDER ASKED
// Prints the way that is gone as soon as it is; ASKED is JSON for the probe (tests/web/air_probe.ts).
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [webFolder, firefox, url, profile, asked] = process.argv.slice(2);
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

try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => process.stderr.write(`${error}\n`));
  await page.goto(url);
  await page.waitForFunction("window.probe");
  const tier = await page.evaluate((given) => window.probe.publish(given), JSON.parse(asked));
  process.stdout.write(`${tier}\n`);
  await new Promise((resolve) => process.stdin.on("end", resolve).resume());
} finally {
  await browser.close();
}
