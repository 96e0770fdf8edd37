/** Clicks that act at once. Pure. */

/**
 * Not the second of a double click: what was pressed may have left by then, and what took its place under the pointer is
 * somebody else's.
 */
export function isFirst({ detail }: Pick<MouseEvent, "detail">): boolean {
  return detail < 2;
}
