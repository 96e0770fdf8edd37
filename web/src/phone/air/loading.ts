// Loads what a phone needs to go live, once somebody wants to: most never do, and the page stays small for them.
import { builtFile } from "../../live/files.ts";
import type { Services } from "../services.ts";

export interface AirElement extends HTMLElement {
  services: Services;
  /** Show it, whatever it shows now. */
  appear(): void;
  /** Join the call that is open. */
  join(): void;
}

let loading: Promise<AirElement> | null = null;

/** Return the element that does everything live; it is in the page from then on. Raises where it cannot be loaded. */
export function loadAir(services: Services): Promise<AirElement> {
  loading ??= load(services).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}

async function load(services: Services): Promise<AirElement> {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = builtFile("air.css");
  const styled = new Promise((resolve) => {
    style.onload = style.onerror = resolve;
  });
  document.head.append(style);
  await Promise.all([import(builtFile("air.js")), styled]);
  const element = document.createElement("phone-air") as AirElement;
  element.services = services;
  document.body.append(element);
  return element;
}
