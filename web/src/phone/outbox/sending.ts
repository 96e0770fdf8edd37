// One attempt to get one piece to the hub: text as an act, files by tus. No state is kept here and nothing is retried; the
// outbox decides what an outcome means.
import { type DetailedError, Upload } from "tus-js-client";
import type { Hub } from "../../shared/hub.ts";
import type { AudienceAct, Problem } from "../../wire.ts";
import type { Outcome, Piece } from "./piece.ts";
import { PART_BYTES, type Shelf } from "./shelf.ts";

/** A request that moved no byte for this long hangs (dead Wi-Fi closes nothing): give up on it and ask the hub anew. */
const STALLED_MS = 20_000;
const UNTAKEN = "The show can't take this one.";

/** Text may wait here for the hub to come back: the act is repeated until answered, under the piece's own id. */
export async function sendText(hub: Hub<AudienceAct>, piece: Piece): Promise<Outcome> {
  const { contributionId, text, consent, promptId, parents } = piece;
  const ack = await hub.act({ type: "send_text", contributionId, text, consent, promptId, parents }, contributionId);
  return ack.ok ? { kind: "received" } : outcomeOf(ack.problem);
}

export interface FileProgress {
  readonly uploadUrlKnown: (url: string) => void;
  readonly bytesSent: (bytes: number) => void;
  /** The hub has acknowledged a part: it is on disk there. */
  readonly partAccepted: () => void;
}

/** Send the file of a piece, going on where the last attempt ended. Ends early (`retry`) when `signal` is aborted. */
export function sendFile(shelf: Shelf, piece: Piece, told: FileProgress, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", giveUp);
      resolve(outcome);
    };
    const giveUp = () => {
      void upload.abort().catch(() => undefined);
      settle({ kind: "retry", afterS: null });
    };
    const watch = () => setTimeout(giveUp, STALLED_MS);
    let stalled = watch();
    const moved = () => {
      clearTimeout(stalled);
      stalled = watch();
    };
    const upload = new Upload(new Blob(), {
      endpoint: "/files",
      uploadUrl: piece.uploadUrl,
      metadata: metadataOf(piece),
      chunkSize: PART_BYTES,
      uploadDataDuringCreation: true,
      retryDelays: null,
      storeFingerprintForResuming: false,
      fingerprint: () => Promise.resolve(""),
      fileReader: { openFile: () => Promise.resolve(fromShelf(shelf, piece)) },
      onProgress: (sent) => {
        moved();
        told.bytesSent(sent);
      },
      onChunkComplete: () => told.partAccepted(),
      onUploadUrlAvailable: () => {
        moved();
        if (upload.url && upload.url !== piece.uploadUrl) told.uploadUrlKnown(upload.url);
      },
      onSuccess: () => settle({ kind: "received" }),
      onError: (error) => settle(outcomeOfHttp(error)),
    });
    signal.addEventListener("abort", giveUp);
    upload.start();
  });
}

function metadataOf(piece: Piece): Record<string, string> {
  return {
    contribution: piece.contributionId,
    kind: piece.kind,
    consent: JSON.stringify(piece.consent),
    filetype: piece.mediaType,
    filename: piece.fileName,
    ...(piece.promptId ? { prompt: piece.promptId } : {}),
    ...(piece.parents.length ? { parents: piece.parents.join(",") } : {}),
    ...(piece.live ? { stream: piece.live.streamId, startedUs: String(piece.live.startedUs) } : {}),
    ...(piece.trim ? { trim: `${piece.trim.startUs}-${piece.trim.endUs}` } : {}),
  };
}

function fromShelf(shelf: Shelf, piece: Piece) {
  const size = piece.sizeBytes;
  return {
    size,
    slice: async (start: number, end: number) => {
      const upTo = Math.min(end, size);
      return { value: await shelf.read(piece.contributionId, start, upTo), done: upTo >= size };
    },
    close: () => undefined,
  };
}

function outcomeOfHttp(error: Error | DetailedError): Outcome {
  const response = "originalResponse" in error ? error.originalResponse : null;
  const status = response?.getStatus() ?? 0;
  let problem: Problem | null = null;
  try {
    problem = JSON.parse(response?.getBody() ?? "");
  } catch {
    // Not from our hub (a proxy's page), or no answer at all.
  }
  const afterS = Number(response?.getHeader("Retry-After")) || problem?.retryAfterS || null;
  if (status === 401 || problem?.code === "bad_token") return { kind: "uninvited" };
  // Too large, or of no kind the show takes: asking again changes nothing.
  if (status === 413 || status === 415) return { kind: "refused", reason: problem?.message || UNTAKEN };
  if (status === 403 || (status === 400 && problem)) return outcomeOf(problem);
  return { kind: "retry", afterS };
}

function outcomeOf(problem: Problem | null): Outcome {
  switch (problem?.code) {
    case "bad_token":
      return { kind: "uninvited" };
    case "bad_input":
    case "unknown_message":
    case "bad_media":
    case "not_found":
    case "not_allowed":
      return { kind: "refused", reason: problem.message };
    case undefined:
      return { kind: "refused", reason: UNTAKEN };
    default:
      return { kind: "retry", afterS: problem?.retryAfterS ?? null };
  }
}
