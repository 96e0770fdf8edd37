// Where the built files are that a page loads later: the hub writes their addresses into the page (web/templates).

/** The address of a built file ("air_worker.js"). Raises Error where the page does not name it. */
export function builtFile(name: string, page: Document = document): string {
  const address = page.querySelector<HTMLMetaElement>(`meta[name="built:${name}"]`)?.content;
  if (!address) throw new Error(`expected the page to say where ${name} is, it does not; reload the page`);
  return address;
}

export const publishingFiles = () => ({ worker: builtFile("air_worker.js"), worklet: builtFile("air_worklet.js") });
