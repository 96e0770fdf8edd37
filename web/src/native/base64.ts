// What tus-js-client takes from js-base64, by the browser's own btoa: UTF-8 as Base64. The build puts this in its place (build.mjs).

export const Base64 = {
  encode: (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text))),
};
