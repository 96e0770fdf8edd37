/** The console's signs, drawn on 24 × 24. Decoration: whoever uses one names the button beside it. */

import { html, type TemplateResult } from "lit";

const PATHS = {
  check: "M5 12.5l4.5 4.5L19 7.5",
  hold: "M8 6v12M16 6v12",
  cross: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  stage: "M12 15V4M7 8.5L12 3.5l5 5M4 15v5h16v-5",
  retract: "M12 4v11M7 10.5l5 5 5-5M4 20h16",
  up: "M6 14.5l6-6 6 6",
  down: "M6 9.5l6 6 6-6",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6z",
  eyeOff:
    "M4 4l16 16M9.5 5.9A9 9 0 0112 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 01-3 3.7M6 7.7A16 16 0 002.5 12S6 18.5 12 18.5a9 9 0 003.4-.7",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  sound: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM15.5 9a4.2 4.2 0 010 6M18 6.5a8 8 0 010 11",
  soundOff: "M4 9.5v5h3.5l4.5 4v-13l-4.5 4zM16 9.5l5 5M21 9.5l-5 5",
  text: "M5 6.5V5h14v1.5M12 5v14M9.5 19h5",
  photo: "M4 6h16v12H4zM4 15.5l4.5-4.5 4 4 3-3 4.5 4.5M15 9.5h.01",
  video: "M3.5 6.5h11.5v11H3.5zM15 10.5l5.5-3v9l-5.5-3z",
  mic: "M12 3.5a3 3 0 013 3v5a3 3 0 01-6 0v-5a3 3 0 013-3zM5.5 11.5a6.5 6.5 0 0013 0M12 18v3",
  branch: "M7 4v9a3 3 0 003 3h7M13.5 12l4 4-4 4",
  ban: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM6 6l12 12",
  people:
    "M9 11a3.2 3.2 0 100-6.4A3.2 3.2 0 009 11zM3 19.5c.4-3.5 2.7-5.5 6-5.5s5.6 2 6 5.5M16 5a3.2 3.2 0 010 6M17.5 14.3c2 .7 3.2 2.5 3.5 5.2",
  search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5l5 5",
  filter: "M4 6h16M7 12h10M10 18h4",
  share:
    "M6.5 9.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM17 4a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM17 15a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM8.8 10.8l6-3M8.8 13.2l6 3",
  plus: "M12 5v14M5 12h14",
  keys: "M3 7h18v10H3zM7 10.5h.01M11 10.5h.01M15 10.5h.01M8 14h8",
  book: "M5 4.5h11a3 3 0 013 3v12H8a3 3 0 01-3-3zM5 16.5a3 3 0 013-3h11",
  fill: "M3.5 6h17v12h-17zM7.5 12h9M10 9.5L7.5 12l2.5 2.5M14 9.5l2.5 2.5-2.5 2.5",
  drift: "M4 16c4 0 4-8 8-8s4 8 8 8M17 13l3 3-3 3",
  pulse: "M3 12h4l3-7 4 14 3-7h4",
  full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): TemplateResult {
  const filled = name === "play" ? "currentColor" : "none";
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill=${filled}
    stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d=${PATHS[name]} /></svg>`;
}
