/**
 * The keyboard of the console: one table, read by the dispatcher and by the key list. Pure.
 *
 * PANIC and BLACKOUT have a function key, which works while typing too, and a digit beside it for keyboards whose function
 * keys do something else. Keys that a browser wants for itself (F1, F3, F5, F6, F7, F11, F12) are left alone.
 */

export type Command =
  | "panic"
  | "blackout"
  | "next"
  | "previous"
  | "markNext"
  | "markPrevious"
  | "first"
  | "last"
  | "markAll"
  | "approve"
  | "hold"
  | "reject"
  | "stage"
  | "retract"
  | "ban"
  | "undo"
  | "share"
  | "album"
  | "play"
  | "prompt"
  | "search"
  | "say"
  | "nextTab"
  | "previousTab"
  | "clearFilters"
  | "add"
  | "cut"
  | "crossfade"
  | "clear"
  | "credits"
  | "sound"
  | "guests"
  | "keys"
  | "leave";

export interface Binding {
  readonly command: Command;
  /** As `KeyboardEvent.key` gives them; the first is the one shown on buttons. */
  readonly keys: readonly string[];
  readonly does: string;
  readonly group: "Emergency" | "Queue" | "Piece" | "Stage" | "Elsewhere";
  /** Only hosts have it. */
  readonly host?: true;
}

export const BINDINGS: readonly Binding[] = [
  {
    command: "panic",
    keys: ["F9", "9"],
    does: "PANIC: fade to the slate, silence (again: back)",
    group: "Emergency",
    host: true,
  },
  {
    command: "blackout",
    keys: ["F8", "8"],
    does: "BLACKOUT: black and silent at once (again: back)",
    group: "Emergency",
    host: true,
  },
  { command: "next", keys: ["j", "ArrowDown"], does: "Next piece", group: "Queue" },
  { command: "previous", keys: ["k", "ArrowUp"], does: "Previous piece", group: "Queue" },
  { command: "markNext", keys: ["J", "Shift+ArrowDown"], does: "Mark on, downwards", group: "Queue" },
  { command: "markPrevious", keys: ["K", "Shift+ArrowUp"], does: "Mark on, upwards", group: "Queue" },
  { command: "markAll", keys: ["*"], does: "Mark all that is listed", group: "Queue" },
  { command: "first", keys: ["Home"], does: "First piece", group: "Queue" },
  { command: "last", keys: ["End"], does: "Last piece", group: "Queue" },
  { command: "nextTab", keys: ["]"], does: "Next list: waiting, approved, held, …", group: "Queue" },
  { command: "previousTab", keys: ["["], does: "Previous list", group: "Queue" },
  { command: "search", keys: ["/"], does: "Search", group: "Queue" },
  { command: "clearFilters", keys: ["\\"], does: "Clear search and filters", group: "Queue" },
  { command: "approve", keys: ["a"], does: "Approve", group: "Piece" },
  { command: "hold", keys: ["h"], does: "Hold", group: "Piece" },
  { command: "reject", keys: ["r"], does: "Reject", group: "Piece" },
  { command: "stage", keys: ["s", "Enter"], does: "Put on stage (approves it too)", group: "Piece", host: true },
  { command: "retract", keys: ["x"], does: "Retract: off the stage at once, and held", group: "Piece" },
  { command: "share", keys: ["m"], does: "Share for remix, or no longer", group: "Piece", host: true },
  { command: "album", keys: ["l"], does: "Add to the open album", group: "Piece", host: true },
  { command: "ban", keys: ["B"], does: "Ban the device it came from, at once", group: "Piece" },
  { command: "undo", keys: ["u"], does: "Undo the ban, while its notice shows", group: "Piece" },
  { command: "play", keys: [" "], does: "Play or pause the preview", group: "Piece" },
  { command: "add", keys: ["1"], does: "Transition: add", group: "Stage", host: true },
  { command: "cut", keys: ["2"], does: "Transition: cut", group: "Stage", host: true },
  { command: "crossfade", keys: ["3"], does: "Transition: crossfade", group: "Stage", host: true },
  { command: "clear", keys: ["Delete"], does: "Clear the stage: the slate comes up", group: "Stage", host: true },
  { command: "credits", keys: ["c"], does: "Credits on or off", group: "Stage", host: true },
  { command: "say", keys: ["t"], does: "Type words for the stage", group: "Stage", host: true },
  { command: "sound", keys: ["v"], does: "Hear the program here, or not", group: "Elsewhere" },
  { command: "guests", keys: ["g"], does: "Who is live, or what people sent", group: "Elsewhere" },
  { command: "prompt", keys: ["p"], does: "Write the prompt", group: "Elsewhere", host: true },
  { command: "keys", keys: ["?"], does: "This list", group: "Elsewhere" },
  { command: "leave", keys: ["Escape"], does: "Leave a field, close a window, drop marks", group: "Elsewhere" },
];

/** What has the focus: a field one types in, a slider, something that Space and Enter press, or nothing of these. */
export type Focus = "text" | "slider" | "button" | "page";

export interface Press {
  readonly key: string;
  readonly shift: boolean;
  /** Ctrl, Meta or Alt: such keys belong to the browser. */
  readonly modified: boolean;
}

const BY_KEY: ReadonlyMap<string, Command> = new Map(
  BINDINGS.flatMap(({ command, keys }) => keys.map((key) => [key, command] as const)),
);

export function commandFor(press: Press, focus: Focus): Command | null {
  if (press.modified) return null;
  const { key } = press;
  if (focus === "text" && !/^F\d+$/.test(key) && key !== "Escape") return null;
  if (focus === "slider" && /^(Arrow|Home|End|Page)/.test(key)) return null;
  if (focus === "button" && (key === " " || key === "Enter")) return null;
  return BY_KEY.get(named(press)) ?? null;
}

/** A letter counts by Shift alone: Caps Lock, pressed in the dark, must neither ban nor take the keys away. */
function named({ key, shift }: Press): string {
  if (/^[a-z]$/i.test(key)) return shift ? key.toUpperCase() : key.toLowerCase();
  return shift && key.length > 1 ? `Shift+${key}` : key;
}

const SIGNS: Readonly<Record<string, string>> = {
  " ": "Space",
  ArrowDown: "↓",
  ArrowUp: "↑",
  Enter: "⏎",
  Escape: "Esc",
  "Shift+ArrowDown": "Shift ↓",
  "Shift+ArrowUp": "Shift ↑",
  B: "Shift B",
  J: "Shift J",
  K: "Shift K",
};

export function sign(key: string): string {
  return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** The key to print on a button. */
export function keyOf(command: Command): string {
  return sign(BINDINGS.find((binding) => binding.command === command)?.keys[0] ?? "");
}
