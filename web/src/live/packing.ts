// The framing of live media as a publisher writes it; `player/packets.ts` reads it. A 24-byte header, then one access unit.
import { FLAG_KEY, HEADER_BYTES } from "../wire.ts";

export interface Unit {
  readonly track: number;
  readonly key: boolean;
  /** Show time, microseconds. */
  readonly capturedUs: number;
  readonly payload: { readonly byteLength: number } & (
    | ArrayBuffer
    | Uint8Array
    | EncodedVideoChunk
    | EncodedAudioChunk
  );
}

export function pack(unit: Unit, sequence: number, sentUs: number): ArrayBuffer {
  const message = new ArrayBuffer(HEADER_BYTES + unit.payload.byteLength);
  const head = new DataView(message, 0, HEADER_BYTES);
  head.setUint8(0, unit.track);
  head.setUint8(1, unit.key ? FLAG_KEY : 0);
  head.setUint16(2, sequence & 0xffff, true);
  head.setBigInt64(8, BigInt(Math.round(unit.capturedUs)), true);
  head.setBigInt64(16, BigInt(Math.round(sentUs)), true);
  const body = new Uint8Array(message, HEADER_BYTES);
  const { payload } = unit;
  if (payload instanceof ArrayBuffer) body.set(new Uint8Array(payload));
  else if (payload instanceof Uint8Array) body.set(payload);
  else payload.copyTo(body);
  return message;
}
