// Loads the light show's part of the page once the phone is in: the first screen is there before, and needs none of it.
import { builtFile } from "../../live/files.ts";
import type { Services } from "../services.ts";

interface LightsElement extends HTMLElement {
  services: Services;
}

let isLoading = false;

export async function loadLights(services: Services): Promise<void> {
  if (isLoading) return;
  isLoading = true;
  try {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = builtFile("lights.css");
    document.head.append(style);
    await import(builtFile("lights.js"));
    document.body.append(Object.assign(document.createElement("phone-lights") as LightsElement, { services }));
  } catch {
    isLoading = false; // The hall's Wi-Fi; tried again with the next connection.
  }
}
