// Counting as people count: 👩‍👩‍👧 is one, é is one. The hub counts the same way and has the last word.

export const MAX_GRAPHEMES = 280;

const segmenter = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/** Joins emoji sequences, marks and variation selectors to what they follow: near enough where Intl.Segmenter is missing. */
const CLUSTER =
  /\r\n|\p{RI}\p{RI}|\p{Emoji}(?:\p{EMod}|\uFE0F\u20E3?|[\u{E0020}-\u{E007F}]+)?(?:\u200D\p{Emoji}(?:\p{EMod}|\uFE0F)?)*\p{M}*|[\s\S]\p{M}*/gu;

/** How many characters a person sees in `text`. */
export function countGraphemes(text: string): number {
  return segmenter ? Array.from(segmenter.segment(text)).length : (text.match(CLUSTER)?.length ?? 0);
}
