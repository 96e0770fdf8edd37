/** `<hl-links>`: revoke every link of a role that got out; the new one is shown to be handed on. Asks twice. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";
import type { Role } from "../wire.ts";
import { DeskElement } from "./desk_element.ts";
import { look } from "./look.ts";

const ROLES: Readonly<Record<Role, string>> = {
  audience: "the audience's join code",
  moderator: "moderators' links",
  crew: "the crew's links",
  stage: "the stage's key",
  host: "hosts' links (this one too)",
};

export class Links extends DeskElement {
  static override properties: PropertyDeclarations = {
    role: { state: true },
    sure: { state: true },
    fresh: { state: true },
  };

  static override styles = [
    look,
    css`
      :host { border-top: 1px solid var(--line); margin-top: 14px; padding-top: 14px; display: grid; gap: 8px; }
      .row { flex-wrap: wrap; justify-content: center; }
      select { width: 220px; }
      output { font: 0.8125rem var(--mono); overflow-wrap: anywhere; user-select: all; color: var(--amber); }
      .danger { background: #b3221a; border-color: #ff6a5c; color: #fff; }
    `,
  ];

  declare role: Role;
  declare sure: boolean;
  declare fresh: string;

  constructor() {
    super();
    this.role = "audience";
    this.sure = false;
    this.fresh = "";
  }

  override render(): TemplateResult {
    return html`
      <p class="muted">A link got out? Revoke every link of its role; nobody gets in by the old ones any more.</p>
      <div class="row">
        <select aria-label="Which links" @change=${this.#choose}>
          ${Object.entries(ROLES).map(
            ([role, name]) => html`<option value=${role} ?selected=${role === this.role}>${name}</option>`,
          )}
        </select>
        <button class="button ${this.sure ? "danger" : ""}" @click=${this.#press}>
          ${this.sure ? "Yes, revoke them" : "Revoke…"}
        </button>
      </div>
      ${this.fresh ? html`<p>The new one: <output>${this.fresh}</output></p>` : nothing}`;
  }

  #choose(event: Event): void {
    if (!(event.target instanceof HTMLSelectElement)) return;
    this.role = event.target.value as Role;
    this.sure = false;
    this.fresh = "";
  }

  async #press(): Promise<void> {
    if (!this.sure) {
      this.sure = true;
      return;
    }
    this.sure = false;
    const ack = await this.desk.ask({ type: "turn_keys", role: this.role }, "Revoking the links");
    if (ack.ok) this.fresh = ack.result;
  }
}

customElements.define("hl-links", Links);
