/** JPEG packets in, bitmaps out; while one is being decoded only the newest of the others is kept. */

import type { MediaPacket } from "./packets.ts";

export class JpegTrack {
  #busy = false;
  #next: MediaPacket | null = null;

  constructor(private readonly picture: (bitmap: ImageBitmap) => void) {}

  take(packet: MediaPacket): void {
    this.#next = packet;
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const packet = this.#next;
      this.#next = null;
      const blob = new Blob([packet.payload], { type: "image/jpeg" });
      // A broken picture is passed over: the next one is a tenth of a second away.
      const bitmap = await createImageBitmap(blob).catch(() => null);
      if (bitmap) this.picture(bitmap);
    }
    this.#busy = false;
  }
}
