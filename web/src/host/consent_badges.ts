/** What the author allows, as four small badges: lit is allowed, struck out is not. */

import { css, html, nothing, type TemplateResult } from "lit";
import type { Consent } from "../wire.ts";

export const badgeLook = css`
  .badges { display: flex; gap: 4px; flex-wrap: nowrap; }
  .badge {
    font-size: 0.6875rem; line-height: 16px; padding: 0 5px; border-radius: 5px;
    border: 1px solid var(--line-strong); color: var(--text); white-space: nowrap;
  }
  .badge.no { color: var(--muted); border-color: var(--line); text-decoration: line-through; }
  .badge.stop { color: #ffb3aa; border-color: var(--live); text-decoration: none; }
  .badge.info { color: var(--info); border-color: currentColor; }
  .badge.good { color: var(--good); border-color: currentColor; }
  .badge.amber { color: var(--amber); border-color: currentColor; }
`;

const USES = [
  { use: "anthology", short: "Film", long: "film, album and book" },
  { use: "paid", short: "Paid", long: "a paid release" },
] as const;

export function consentBadges(consent: Consent): TemplateResult {
  const uses = USES.map(({ use, short, long }) => {
    const allowed = consent[use];
    const says = allowed ? `Allowed for ${long}` : `Not allowed for ${long}`;
    return html`<span class="badge ${allowed ? "" : "no"}" title=${says}><span aria-hidden="true">${short}</span><span
        class="unseen">${says}</span></span>`;
  });
  const stage = consent.stage
    ? html`<span class="badge" title="Allowed on stage">Stage</span>`
    : html`<span class="badge stop" title="Its author does not allow the stage">Not for stage</span>`;
  const anonymous = consent.anonymous
    ? html`<span class="badge info" title="Wants no name shown">Anonymous</span>`
    : nothing;
  return html`${stage}${anonymous}${uses}`;
}
