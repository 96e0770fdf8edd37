/** A waveform as one SVG path: bars of peaks, mirrored about the middle. Pure. */

/** Reduce `peaks` (0…255) to `bars`, each the loudest of its stretch. */
export function barsOf(peaks: readonly number[], bars: number): number[] {
  if (peaks.length === 0) return [];
  const count = Math.min(bars, peaks.length);
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
    let loudest = 0;
    for (let index = from; index < to; index += 1) loudest = Math.max(loudest, peaks[index] ?? 0);
    return loudest;
  });
}

/** The path of `bars` in a box of `width` × `height`; silence is a dot, not a gap. */
export function waveformPath(peaks: readonly number[], width: number, height: number, bars: number): string {
  const heights = barsOf(peaks, bars);
  const step = width / Math.max(1, heights.length);
  const middle = height / 2;
  return heights
    .map((peak, bar) => {
      const x = ((bar + 0.5) * step).toFixed(1);
      const half = Math.max(0.5, (peak / 255) * middle);
      return `M${x} ${(middle - half).toFixed(1)}V${(middle + half).toFixed(1)}`;
    })
    .join("");
}
