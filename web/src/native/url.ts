// What tus-js-client takes from url-parse, by the browser's own URL: an upload's address may be told relative to a page's path.
// The build puts this in its place (build.mjs), for 3 KB less on every phone.

export default class Address extends URL {
  constructor(link: string, base: string) {
    super(link, new URL(base, location.href));
  }
}
