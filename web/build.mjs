// Builds the pages into static/: every src/PAGE/main.ts and src/PAGE/main.css becomes PAGE-HASH.js and PAGE-HASH.css, and so
// do the parts that pages load later (PARTS); packed beforehand as .gz and .br. static/manifest.json says which file is which
// ("phone.js" → "phone-HASH.js"); the hub reads it.
// A running hub never misses a file: the new ones are written first, then the manifest, and the old ones go last.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const PAGES = ["phone", "host", "mirror", "trust", "crew", "wifi", "door"];
/** What a phone loads only when it goes live, and what runs in threads of its own. */
const PARTS = {
  air: "phone/air/main",
  lights: "phone/lights/main",
  air_worker: "live/worker",
  air_worklet: "live/worklet",
};
const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "static");

const sources = { ...Object.fromEntries(PAGES.map((page) => [page, `${page}/main`])), ...PARTS };
const entryPoints = Object.entries(sources).flatMap(([name, source]) =>
  ["ts", "css"]
    .map((ext) => ({ in: join(here, "src", `${source}.${ext}`), out: name }))
    .filter((entry) => existsSync(entry.in)),
);

const result = await build({
  absWorkingDir: here,
  entryPoints,
  entryNames: "[name]-[hash]",
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  // What iOS Safari 16, Chrome 105 and Firefox 110 understand; CSS nesting and the like are lowered.
  target: ["safari16", "chrome105", "firefox110"],
  conditions: ["production", "browser"],
  // Browsers of that age have these two themselves.
  alias: { "url-parse": "./src/native/url.ts", "js-base64": "./src/native/base64.ts" },
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "linked",
  sourcemap: process.argv.includes("--sourcemap") ? "linked" : false,
  metafile: true,
  write: false,
  logLevel: "warning",
});

await mkdir(out, { recursive: true });
const kept = new Set(["manifest.json"]);
for (const file of result.outputFiles) {
  const packed = /\.(js|css)$/.test(file.path);
  await keep(basename(file.path), file.contents);
  if (packed) {
    await keep(`${basename(file.path)}.gz`, gzipSync(file.contents, { level: 9 }));
    await keep(
      `${basename(file.path)}.br`,
      brotliCompressSync(file.contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    );
  }
}

const manifest = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint) continue;
  const [, name, ext] = /^(.+)-[^-]+\.(js|css)$/.exec(basename(path)) ?? [];
  manifest[`${name}.${ext}`] = basename(path);
}
await writeFile(join(out, "manifest.json.part"), `${JSON.stringify(manifest, null, 2)}\n`);
await rename(join(out, "manifest.json.part"), join(out, "manifest.json"));

for (const name of await readdir(out)) {
  if (!kept.has(name)) await rm(join(out, name), { force: true });
}

for (const [name, file] of Object.entries(manifest)) {
  const packed = (await readFile(join(out, `${file}.gz`))).length;
  process.stdout.write(`${name.padEnd(14)} ${(packed / 1024).toFixed(1).padStart(6)} KB gzipped\n`);
}

async function keep(name, contents) {
  kept.add(name);
  await writeFile(join(out, name), contents);
}
