// The few pictures of the page, drawn with one pen. All are decoration: the words beside them say the same.
import { type SVGTemplateResult, svg } from "lit";

const PATHS = {
  text: svg`<path d="M5 6h14M5 12h14M5 18h8" />`,
  photo: svg`<path d="M4 8.5A1.5 1.5 0 0 1 5.5 7H8l1.4-2.2h5.2L16 7h2.5A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5z" /><circle cx="12" cy="13" r="3.4" />`,
  sound: svg`<path d="M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3" />`,
  video: svg`<rect x="3" y="6.5" width="12.5" height="11" rx="2" /><path d="m15.5 11 5.5-3.4v8.8L15.5 13" />`,
  close: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  flip: svg`<path d="M4 9a8.5 8.5 0 0 1 15-2.5L20.5 8M20.5 4v4h-4M20 15a8.5 8.5 0 0 1-15 2.5L3.5 16M3.5 20v-4h4" />`,
  library: svg`<rect x="3.5" y="3.5" width="17" height="17" rx="3" /><circle cx="9" cy="9" r="1.6" /><path d="m4 17 5-4.5 3.5 3 3.5-4 4.5 4.5" />`,
  again: svg`<path d="M4.5 12a7.5 7.5 0 1 0 2.4-5.5L4.5 8.7M4.5 4v4.7h4.7" />`,
  send: svg`<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5" />`,
  check: svg`<path d="m5 12.5 4.5 4.5L19 7.5" />`,
  remix: svg`<path d="M4 7h4c5 0 5 10 10 10h2M4 17h4c1.6 0 2.7-1 3.6-2.3M14 8.5C15 7.6 16.2 7 18 7h2M18 4.5 20.5 7 18 9.5M18 14.5l2.5 2.5-2.5 2.5" />`,
  bulb: svg`<path d="M9 18h6M10 21h4M12 3a6.5 6.5 0 0 0-4 11.6c.700.6 1 1.3 1 2.4h6c0-1.1.300-1.8 1-2.4A6.5 6.5 0 0 0 12 3z" />`,
  live: svg`<circle cx="12" cy="12" r="2.6" /><path d="M7.4 7.4a6.5 6.5 0 0 0 0 9.2M16.6 7.4a6.5 6.5 0 0 1 0 9.2M4.6 4.6a10.5 10.5 0 0 0 0 14.8M19.4 4.6a10.5 10.5 0 0 1 0 14.8" />`,
  microphone: svg`<rect x="9" y="3.5" width="6" height="11" rx="3" /><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3" />`,
  muted: svg`<path d="M9 9v2.5a3 3 0 0 0 5 2.2M15 11V6.5a3 3 0 0 0-5.8-1M5.5 11.5a6.5 6.5 0 0 0 10.5 5M18.3 13a6.5 6.5 0 0 0 .2-1.5M12 18v3M4 4l16 16" />`,
  person: svg`<circle cx="12" cy="8.5" r="3.7" /><path d="M4.5 20a7.5 7.5 0 0 1 15 0" />`,
  alert: svg`<path d="M12 4 3 19.5h18zM12 10v4.5M12 17.2v.100" />`,
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGTemplateResult {
  return svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">${PATHS[name]}</svg>`;
}
