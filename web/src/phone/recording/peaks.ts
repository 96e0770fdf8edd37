// The shape of a sound, for the trimming strip. Best effort: what this browser cannot decode has no shape, and is sent all the same.

/** Decoding a sound takes ten times its size in memory; past this a phone may not have it. */
const MOST_BYTES = 24e6;

/** Return `count` peaks, 0…1, over the whole sound; null where it cannot be decoded. */
export async function peaksOf(bytes: Blob, count: number): Promise<readonly number[] | null> {
  if (bytes.size > MOST_BYTES || !("OfflineAudioContext" in globalThis)) return null;
  try {
    const context = new OfflineAudioContext(1, 1, 44_100);
    const sound = await context.decodeAudioData(await bytes.arrayBuffer());
    const samples = sound.getChannelData(0);
    const step = Math.max(1, Math.floor(samples.length / count));
    const peaks = Array.from({ length: count }, (_, bar) => peak(samples, bar * step, (bar + 1) * step));
    const loudest = Math.max(...peaks, 0.01);
    return peaks.map((one) => one / loudest);
  } catch {
    return null;
  }
}

function peak(samples: Float32Array, from: number, to: number): number {
  let most = 0;
  // Every eighth sample is enough for a bar two pixels wide.
  for (let i = from; i < Math.min(to, samples.length); i += 8) most = Math.max(most, Math.abs(samples[i] ?? 0));
  return most;
}
