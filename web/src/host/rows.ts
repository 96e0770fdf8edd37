/** Which rows of a long list have to exist: those in sight and a few around them. Pure. */

export interface Rows {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

const AROUND = 4;

export function rowsInSight(scrollTop: number, viewHeight: number, rowHeight: number, total: number): Rows {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - AROUND);
  const end = Math.min(total, Math.ceil((scrollTop + viewHeight) / rowHeight) + AROUND);
  return { first: Math.min(first, Math.max(0, end)), end };
}

/** The scroll position that brings a row into sight with the least movement. */
export function scrollTo(index: number, scrollTop: number, viewHeight: number, rowHeight: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + viewHeight) return top + rowHeight - viewHeight;
  return scrollTop;
}
