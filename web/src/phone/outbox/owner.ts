// Which page is writing a recording onto the shelf: it holds a lock by the recording's name, and the lock goes when the page
// does, however it ends. So another page, or the next one, knows what is left over and what is still being made.
import type { Id } from "../../wire.ts";

const nameOf = (id: Id): string => `recording ${id}`;

/** Say that this page writes it, until `over`. Recording needs an encrypted page, and every such page has locks. */
export function own(id: Id, over: Promise<unknown>): void {
  void navigator.locks?.request(nameOf(id), () => over.catch(() => undefined));
}

/** Do something once no page writes it any more: at once where its page was killed. */
export async function whenLeft(id: Id, deed: () => Promise<void>): Promise<void> {
  await (navigator.locks ? navigator.locks.request(nameOf(id), deed) : deed());
}
