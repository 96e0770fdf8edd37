// What the page's address asks of publishing: for tests, for the crew, for performers. Pure.
//
//   ?tier=a|a2|b|c|d|e   go this way                       ?codec=avc|vp8   encode pictures so
//   ?performer=1         sound in packets of 10 ms, as it is        ?record=0        do not record beside
//                                                                 ?record=1080     record beside in this height

export interface AskedInAddress {
  readonly tier: string | null;
  readonly codec: string | null;
  readonly isPerformer: boolean;
  readonly mayRecord: boolean;
  /** The height to record in beside; 0: as the device can. */
  readonly recordPx: number;
}

export function askedInAddress(search: string = location.search): AskedInAddress {
  const asked = new URLSearchParams(search);
  return {
    tier: asked.get("tier"),
    codec: asked.get("codec"),
    isPerformer: asked.get("performer") === "1",
    mayRecord: asked.get("record") !== "0",
    recordPx: Number(asked.get("record")) || 0,
  };
}
