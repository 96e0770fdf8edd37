/** The framing of live media, as `live/messages/packets.py` says it: a 24-byte little-endian header, then one access unit. */

import { FLAG_KEY, HEADER_BYTES } from "../wire.ts";

export interface MediaPacket {
  readonly track: number;
  readonly key: boolean;
  readonly sequence: number;
  /** Show time, microseconds. */
  readonly capturedUs: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Read one binary message; null for anything too short to be one. The payload is a view, not a copy. */
export function unpack(message: ArrayBuffer): MediaPacket | null {
  if (message.byteLength < HEADER_BYTES) return null;
  const head = new DataView(message, 0, HEADER_BYTES);
  return {
    track: head.getUint8(0),
    key: (head.getUint8(1) & FLAG_KEY) !== 0,
    sequence: head.getUint16(2, true),
    capturedUs: Number(head.getBigInt64(8, true)),
    payload: new Uint8Array(message, HEADER_BYTES),
  };
}
