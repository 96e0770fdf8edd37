/** The geometry of a dial. Pure. */

export const SWEEP_DEGREES = 270;

/** The arc of a dial from `from` to `to` (fractions of the sweep), on a circle of radius 14 about (18, 18). Pure. */
export function arc(from: number, to: number): string {
  const [low, high] = from < to ? [from, to] : [to, from];
  const point = (fraction: number): string => {
    const angle = ((fraction * SWEEP_DEGREES - SWEEP_DEGREES / 2 - 90) * Math.PI) / 180;
    return `${(18 + 14 * Math.cos(angle)).toFixed(2)} ${(18 + 14 * Math.sin(angle)).toFixed(2)}`;
  };
  const large = (high - low) * SWEEP_DEGREES > 180 ? 1 : 0;
  return `M${point(low)}A14 14 0 ${large} 1 ${point(high)}`;
}
