// Publishes from Firefox until standard input closes.
//   node firefox_live.mjs WEB_FOLDER FIREFOX PROFILE_FOLDER PROBE_URL ASKED
// Prints the way that is gone as soon as it is; ASKED is JSON for the probe (tests/web/air_probe.ts).
import { given, say, withPage } from "./firefox_browser.mjs";

const [url, asked] = given;

await withPage(async (page) => {
  page.on("pageerror", (error) => process.stderr.write(`${error}\n`));
  await page.goto(url);
  await page.waitForFunction("window.probe");
  say(await page.evaluate((wish) => window.probe.publish(wish), JSON.parse(asked)));
  await new Promise((resolve) => process.stdin.on("end", resolve).resume());
});
