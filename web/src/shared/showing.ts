// Telling a page that comes back from one that has only just been loaded.

/** Every page is shown once when it is loaded; only one that comes back out of the browser's memory has slept. */
export function isFirstShow(event: Event): boolean {
  return event.type === "pageshow" && !(event as PageTransitionEvent).persisted;
}
