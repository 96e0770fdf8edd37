// One crew camera: offered to the show under a name, published for as long as this page is open, and taken back. Kept for this
// tab, so that a page loaded anew goes on as the same camera.
import { askedInAddress } from "../live/asked.ts";
import { Devices, type DeviceWishes } from "../live/devices.ts";
import { publishingFiles } from "../live/files.ts";
import { abilities, chooseTier } from "../live/ladder.ts";
import { Publisher } from "../live/publisher.ts";
import type { Hub } from "../shared/hub.ts";
import { newId } from "../shared/ids.ts";
import { Watchable } from "../shared/watchable.ts";
import type { CrewAct, GuestState, GuestView, Id, Wants } from "../wire.ts";

const KEY = "houselights.crew";

interface Kept {
  readonly streamId: Id;
  readonly label: string;
  readonly wants: Wants;
}

export class Offer extends Watchable {
  readonly devices: Devices;
  publisher: Publisher | null = null;
  /** Why the hub did not take it; a sentence, or empty. */
  refusal = "";
  kept: Kept | null = readKept();
  readonly #hub: Hub<CrewAct>;
  readonly #asked = askedInAddress();

  constructor(hub: Hub<CrewAct>) {
    super();
    this.#hub = hub;
    // A desk and a camera on a stand are performers: sound as it is.
    this.devices = new Devices({ wants: this.kept?.wants ?? "both", isPerformer: true });
    this.devices.facing = "environment";
    this.devices.watch(() => {
      this.publisher?.setStream(this.devices.stream);
      this.changed();
    });
    hub.things.watch(() => this.#follow());
    void this.devices.open();
    if (this.kept) void this.#offer(this.kept);
  }

  /** As the host sees it; null while it is not offered. */
  get guest(): GuestView | null {
    const { kept } = this;
    return kept ? (this.#hub.things.guests.get(kept.streamId) ?? null) : null;
  }

  /** How the stage stands to it; null while it is not offered. */
  get state(): GuestState | null {
    return this.guest?.state ?? null;
  }

  async begin(label: string, wants: Wants): Promise<void> {
    await this.#offer({ streamId: newId(), label, wants });
  }

  async choose(wishes: Partial<DeviceWishes>): Promise<void> {
    await this.devices.choose(wishes);
  }

  async end(): Promise<void> {
    const { kept } = this;
    this.#stop();
    if (kept) await this.#hub.act({ type: "leave_air", streamId: kept.streamId });
    this.changed();
  }

  async #offer(kept: Kept): Promise<void> {
    const { streamId, label, wants } = kept;
    const ack = await this.#hub.act({ type: "offer_camera", streamId, label, wants });
    this.refusal = ack.ok ? "" : (ack.problem?.message ?? "The show did not take this camera.");
    if (ack.ok) this.#publish(kept);
    else this.#stop();
    this.changed();
  }

  #publish(kept: Kept): void {
    this.publisher?.close();
    this.kept = kept;
    sessionStorage.setItem(KEY, JSON.stringify(kept));
    this.publisher = new Publisher({
      streamId: kept.streamId,
      wants: kept.wants,
      tier: chooseTier(this.#asked.tier, abilities()),
      clock: this.#hub.clock,
      files: publishingFiles(),
      packetMs: 10,
      videoCodec: this.#asked.codec,
    });
    this.publisher.watch(() => this.changed());
    this.publisher.setStream(this.devices.stream);
  }

  /** The host took it off for good. */
  #follow(): void {
    if (this.publisher?.line === "ended") this.#stop();
    this.changed();
  }

  #stop(): void {
    this.publisher?.close();
    this.publisher = null;
    this.kept = null;
    sessionStorage.removeItem(KEY);
  }
}

function readKept(): Kept | null {
  return JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
}
