import type { Layout } from "./layout";

/**
 * A text without what Papa Parse does not know: blanks before opening quotes, and lines of comments, which become empty ones so
 * that lines keep their numbers. What stands within quotes stays as it is. To be given whole rows and, at the end, the beginning
 * of one; doing it again changes nothing.
 */
export function tidyText(text: string, { delimiter, quote, comment }: Layout): string {
  const parts: string[] = [];
  let kept = 0;
  let at = 0;
  let isRowStart = true;
  while (at < text.length) {
    if (isRowStart && comment && text.startsWith(comment, at)) {
      const end = text.indexOf("\n", at);
      parts.push(text.slice(kept, at));
      if (end < 0) return parts.join("");
      kept = end;
      at = end + 1;
      continue;
    }
    let start = at;
    while (text[start] === " " || (text[start] === "\t" && delimiter !== "\t")) start++;
    let end = at;
    if (quote && text[start] === quote) {
      if (start > at) {
        parts.push(text.slice(kept, at));
        kept = start;
      }
      end = closingQuote(text, start, quote);
      if (end < 0) break;
    }
    const next = endOfCell(text, end, delimiter);
    isRowStart = text[next] === "\n";
    at = next + (isRowStart ? 1 : delimiter.length);
  }
  parts.push(text.slice(kept));
  return parts.length === 1 ? text : parts.join("");
}

/** The place behind the quote that ends a cell; −1 when it is not there yet. */
function closingQuote(text: string, open: number, quote: string): number {
  let at = open + 1;
  while (true) {
    const close = text.indexOf(quote, at);
    if (close < 0) return -1;
    if (text[close + 1] !== quote) return close + 1;
    at = close + 2;
  }
}

function endOfCell(text: string, from: number, delimiter: string): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === "\n" || (character === delimiter[0] && text.startsWith(delimiter, at))) return at;
  }
  return text.length;
}
