// The page on which a phone of the crew tries what the hall's Wi-Fi carries: one button, one number, and the tries before.
import type { Found } from "../wire.ts";
import { TrialFailed, tryWifi } from "./trial.ts";

const button = find<HTMLButtonElement>("try");
const bar = find<HTMLProgressElement>("progress");
const state = find("state");

button.addEventListener("click", () => void begin());

async function begin(): Promise<void> {
  button.disabled = true;
  bar.hidden = false;
  tell("Trying. Stay where you are …");
  try {
    const url = new URL("/wifi/try", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    show(await tryWifi(url.href, (fraction) => (bar.value = fraction)));
    tell("");
  } catch (error) {
    if (!(error instanceof TrialFailed)) throw error;
    tell(error.message);
  } finally {
    button.disabled = false;
    button.textContent = "Try it again";
    bar.hidden = true;
  }
}

function show(found: Found): void {
  find("found").hidden = false;
  find("phones").textContent = String(found.phones);
  find("verdict").textContent = verdict(found);
  const figures = find("figures");
  figures.replaceChildren();
  for (const [name, value] of [
    ["From here", speed(found.upMbitS)],
    ["To here", speed(found.downMbitS)],
    ["There and back", `${Math.round(found.delayMs)} ms, at worst ${Math.round(found.worstMs)}`],
  ] as const) {
    figures.append(made("dt", name), made("dd", value));
  }
  find("spots").hidden = false;
  const at = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  find("list").prepend(made("li", `${at}: ${found.airPhones} phones, ${speed(found.upMbitS)}`));
}

function verdict({ airPhones, phones, isKept }: Found): string {
  if (!isKept) return "Not kept: this came over no Wi-Fi, or the number was set by hand.";
  if (phones < airPhones) return `The Wi-Fi would carry ${airPhones}; the show’s computer carries ${phones}.`;
  return airPhones === 0
    ? "Too little for anybody live from here. Clips still work."
    : "The Wi-Fi carries no more from here.";
}

function speed(mbitS: number): string {
  return `${mbitS < 10 ? mbitS.toFixed(1) : Math.round(mbitS)} Mbit/s`;
}

function tell(words: string): void {
  state.hidden = words === "";
  state.textContent = words;
}

function made(name: string, text: string): HTMLElement {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

function find<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`expected #${id} on the page, got none`);
  return element as T;
}
