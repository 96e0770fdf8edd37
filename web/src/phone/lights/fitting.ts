// How large a word can be and still be whole on this screen, in whatever script: measured, since a W is wider than three of i.

/** Left free at each side: a word that touches the edge looks cut. */
const EDGE = 0.04;
const MEASURED_PX = 100;
let pen: CanvasRenderingContext2D | null = null;

/** In px. */
function largestPx(word: string, family: string, weight: string, widthPx: number, heightPx: number): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return heightPx / 4;
  pen.font = `${weight} ${MEASURED_PX}px ${family}`;
  pen.textAlign = "left";
  const ink = pen.measureText(word);
  // The word is centred by its own width; what of its ink hangs over at one side needs as much room at the other.
  const over = Math.max(0, ink.actualBoundingBoxLeft, ink.actualBoundingBoxRight - ink.width);
  const wide = (ink.width + 2 * over) / MEASURED_PX;
  const high = Math.max(MEASURED_PX, ink.actualBoundingBoxAscent + ink.actualBoundingBoxDescent) / MEASURED_PX;
  return Math.floor(Math.min((widthPx * (1 - 2 * EDGE)) / wide, heightPx / high));
}

/** Have the text of `element` as large as fits. */
export function fit(element: HTMLElement): void {
  const { fontFamily, fontWeight } = getComputedStyle(element);
  const word = element.textContent ?? "";
  element.style.fontSize = `${largestPx(word, fontFamily, fontWeight, innerWidth, innerHeight * 0.6)}px`;
}
