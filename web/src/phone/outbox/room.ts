// How much more this phone would let the page keep.

/** Bytes; no bound where the browser does not say. */
export async function roomBytes(): Promise<number> {
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return estimate?.quota ? estimate.quota - (estimate.usage ?? 0) : Number.POSITIVE_INFINITY;
}
