/** A piece in a small box: its picture, its waveform, its words. Markup only. */

import { css, html, svg, type TemplateResult } from "lit";
import type { ContributionView, Kind } from "../wire.ts";
import { type IconName, icon } from "./icons.ts";
import { waveformPath } from "./waveform.ts";

export const KIND_ICONS: Readonly<Record<Kind, IconName>> = {
  text: "text",
  photo: "photo",
  sound: "mic",
  video: "video",
};

export const thumbnailLook = css`
  .thumb {
    position: relative; display: grid; place-items: center; overflow: hidden; border-radius: 8px;
    background: var(--dark); color: var(--muted);
  }
  .thumb img { width: 100%; height: 100%; object-fit: cover; display: block; }
  .thumb svg.wave { width: 100%; height: 100%; stroke: var(--info); stroke-width: 2; stroke-linecap: round; padding: 4px 0; }
  .thumb .words {
    padding: 5px 7px; font-size: 0.75rem; line-height: 1.25; color: var(--text); align-self: stretch;
    overflow: hidden; overflow-wrap: anywhere;
  }
`;

export function mediaUrl(key: string): string {
  return `/media/${key.split("/").map(encodeURIComponent).join("/")}`;
}

export function wave(peaks: readonly number[], bars: number): TemplateResult {
  return html`<svg class="wave" viewBox="0 0 200 100" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<path d=${waveformPath(peaks, 200, 100, bars)} vector-effect="non-scaling-stroke" />`}
  </svg>`;
}

export function thumbnail(piece: ContributionView): TemplateResult {
  const { kind, text, renditions } = piece;
  if (kind === "text") return html`<div class="thumb"><div class="words" dir="auto">${text}</div></div>`;
  if (renditions?.thumbnail) {
    return html`<div
        class="thumb"><img src=${mediaUrl(renditions.thumbnail.key)} alt="" loading="lazy" decoding="async" /></div>`;
  }
  if (renditions && renditions.waveform.length > 0)
    return html`<div class="thumb">${wave(renditions.waveform, 34)}</div>`;
  return html`<div class="thumb">${icon(KIND_ICONS[kind])}</div>`;
}
