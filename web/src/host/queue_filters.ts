/** `<hl-queue-filters>`: which pieces the queue lists: tabs by verdict, kinds, search, and the finer ones behind a button. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Kind } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { KIND_NAMES, wallTime } from "./formatting.ts";
import { icon } from "./icons.ts";
import { keyOf } from "./keys.ts";
import { look } from "./look.ts";
import { counts, EVERYTHING, type Filter, isNarrowed, KINDS, type Order, type Tab, tabsShown } from "./queue.ts";
import { KIND_ICONS } from "./thumbnail.ts";

const TAB_NAMES: Readonly<Record<Tab, string>> = {
  waiting: "Waiting",
  approved: "Approved",
  held: "Held",
  rejected: "Rejected",
  unusable: "Can’t be used",
  all: "All",
};
const ORDERS: Readonly<Record<Order, string>> = {
  oldest: "Oldest first",
  newest: "Newest first",
  kind: "By kind",
  person: "By person",
  prompt: "By prompt",
  longest: "Longest first",
  shortest: "Shortest first",
  loudest: "Loudest first",
  quietest: "Quietest first",
};
const LOUDNESS = {
  any: "Any loudness",
  quiet: "Quiet (below −30)",
  middle: "Middle (−30 to −18)",
  loud: "Loud (above −18)",
};
const DURATIONS = { any: "Any duration", short: "Under 5 s", medium: "5 to 20 s", long: "Over 20 s" };

export class QueueFilters extends DeskElement {
  static override properties: PropertyDeclarations = { more: { state: true } };

  static override styles = [
    look,
    css`
      :host { padding: 8px 10px 10px; display: grid; gap: 8px; border-bottom: 1px solid var(--line); }
      .tabs { display: flex; gap: 2px; }
      .tabs button {
        flex: 1 1 auto; display: grid; justify-items: center; gap: 1px; min-height: 48px; padding: 4px 2px;
        border: 0; border-radius: 9px; background: none; color: var(--muted); font-weight: 600;
        font-size: 0.75rem;
      }
      .tabs button b { font-size: 1.0625rem; line-height: 1.1; color: var(--text); font-variant-numeric: tabular-nums; }
      .tabs button:hover { background: var(--raised); }
      .tabs button[aria-pressed="true"] { background: var(--amber-soft); color: var(--amber); }
      .tabs button[aria-pressed="true"] b { color: var(--amber); }
      .finding { flex-wrap: wrap; justify-content: space-between; gap: 6px; }
      .search { position: relative; flex: 1 1 140px; }
      .search .icon { position: absolute; left: 10px; top: 15px; color: var(--muted); pointer-events: none; }
      .search input { padding-left: 36px; padding-right: 30px; }
      .search kbd { position: absolute; right: 8px; top: 14px; color: var(--muted); pointer-events: none; }
      .search input:focus ~ kbd { display: none; }
      .more { display: grid; grid-template-columns: 1fr 1fr; gap: 6px; }
      @media (max-width: 1200px) {
        .search { flex-basis: 100%; }
      }
      .on { color: var(--amber); border-color: var(--amber); }
    `,
  ];

  declare more: boolean;

  constructor() {
    super();
    this.more = false;
  }

  override render(): TemplateResult {
    const { filter } = this.desk.view;
    const found = counts(this.desk.pieces());
    return html`
      <div class="tabs" role="group" aria-label="Which pieces">
        ${tabsShown(found, filter.tab).map(
          (tab) => html`<button aria-pressed=${filter.tab === tab}
            @click=${() => this.#set({ tab })}><b>${found[tab].toLocaleString("en")}</b>${TAB_NAMES[tab]}</button>`,
        )}
      </div>
      <div class="row finding">
        <div class="search">${icon("search")}
          <input type="search" aria-label="Search words and names" placeholder="Search" .value=${filter.text}
            @input=${(event: Event) => this.#set({ text: chosenIn(event) })} /><kbd
                aria-hidden="true">${keyOf("search")}</kbd></div>
        ${KINDS.map((kind) => this.#kind(kind, filter))}
        <button class="button small square ${isNarrowed(filter) ? "on" : ""}" aria-expanded=${this.more}
            aria-label="More filters" title="More filters"
          @click=${() => {
            this.more = !this.more;
          }}>${icon("filter")}</button>
      </div>
      ${this.more ? this.#finer(filter) : nothing}`;
  }

  focusSearch(): void {
    this.renderRoot.querySelector<HTMLInputElement>("input")?.focus();
  }

  #kind(kind: Kind, filter: Filter): TemplateResult {
    return html`<button class="button small square" aria-pressed=${filter.kinds.has(kind)}
        aria-label=${`Only ${KIND_NAMES[kind].toLowerCase()}`}
      title=${KIND_NAMES[kind]} @click=${() => this.#toggle(kind)}>${icon(KIND_ICONS[kind])}</button>`;
  }

  #finer(filter: Filter): TemplateResult {
    return html`
      <div class="more">
        ${choice("Person", filter.personId, this.#people(), (personId) => this.#set({ personId }))}
        ${choice("Prompt", filter.promptId, this.#prompts(), (promptId) => this.#set({ promptId }))}
        ${choice("Loudness", filter.loudness, LOUDNESS, (loudness) => this.#set({ loudness: loudness as Filter["loudness"] }))}
        ${choice("Duration", filter.duration, DURATIONS, (duration) => this.#set({ duration: duration as Filter["duration"] }))}
        ${choice("Order", filter.order, ORDERS, (order) => this.#set({ order: order as Order }))}
        <button class="button" ?disabled=${!isNarrowed(filter)}
            @click=${() => this.desk.view.set({ filter: { ...EVERYTHING, tab: filter.tab, order: filter.order } })}>
          Clear filters <kbd aria-hidden="true">${keyOf("clearFilters")}</kbd></button>
      </div>`;
  }

  #people(): Record<string, string> {
    const people = [...this.desk.hub.things.people.values()].filter((person) => person.contributions > 0);
    people.sort((a, b) => this.desk.nameOf(a.personId).localeCompare(this.desk.nameOf(b.personId)));
    const named = people.map((person) => [
      person.personId,
      `${this.desk.nameOf(person.personId)} (${person.contributions})`,
    ]);
    return { "": "Everyone", ...Object.fromEntries(named) };
  }

  #prompts(): Record<string, string> {
    const first = new Map<string, number>();
    for (const { promptId, atUs } of this.desk.pieces()) {
      if (promptId) first.set(promptId, Math.min(atUs, first.get(promptId) ?? Number.POSITIVE_INFINITY));
    }
    const openedAtS = this.desk.hub.welcome?.openedAtS ?? 0;
    const named = [...first]
      .sort(([, a], [, b]) => a - b)
      .map(([id, atUs]) => [id, this.desk.prompts.get(id) ?? `Prompt of ${wallTime(atUs, openedAtS)}`]);
    return { "": "Any prompt", ...Object.fromEntries(named) };
  }

  #toggle(kind: Kind): void {
    const kinds = new Set(this.desk.view.filter.kinds);
    if (!kinds.delete(kind)) kinds.add(kind);
    this.#set({ kinds });
  }

  #set(change: Partial<Filter>): void {
    this.desk.view.set({ filter: { ...this.desk.view.filter, ...change }, marked: new Set() });
  }
}

function choice(
  label: string,
  value: string,
  options: Readonly<Record<string, string>>,
  chosen: (value: string) => void,
): TemplateResult {
  return html`<select aria-label=${label} title=${label} @change=${(event: Event) => chosen(chosenIn(event))}>
    ${Object.entries(options).map(([key, text]) => html`<option value=${key} ?selected=${key === value}>${text}</option>`)}
  </select>`;
}

function chosenIn(event: Event): string {
  const { target } = event;
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.value : "";
}

customElements.define("hl-queue-filters", QueueFilters);
declare global {
  interface HTMLElementTagNameMap {
    "hl-queue-filters": QueueFilters;
  }
}
