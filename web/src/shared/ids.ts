// Ids are made by whoever makes the thing, so that a repeated request is recognised as the same one.
import type { Id } from "../wire.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** A fresh random id of 16 characters (96 bits). Works on plain http too, where crypto.randomUUID does not exist. */
export function newId(): Id {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => ALPHABET[byte & 63]).join("");
}
