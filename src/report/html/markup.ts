import { clean } from "../wording";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text for between tags and for attributes in quotes. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITIES[one]);

/** A name that somebody else has chosen: what is written from right to left does not turn what stands beside it. */
export const nameHtml = (name: string, most?: number): string => `<bdi>${escaped(clean(name, most))}</bdi>`;

/** The same in SVG and in titles, where there is no bdi: between the characters that isolate. */
export const nameText = (name: string, most?: number): string => `\u2068${escaped(clean(name, most))}\u2069`;

/** A number of SVG: a tenth of a pixel is enough. */
export const px = (value: number): string => String(Math.round(value * 10) / 10);

/** A table that can be wider than the page. Cells are markup. */
export interface HtmlTable {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of each is its header. */
  readonly rows: readonly (readonly string[])[];
  /** Which columns hold words; others hold numbers, to the right. */
  readonly words?: readonly number[];
  /** Which column holds bars: it takes the room that there is. */
  readonly bars?: number;
  /** Of the table, besides. */
  readonly className?: string;
}

export function tableHtml({ caption, head, rows, words = [0], bars, className = "" }: HtmlTable): string {
  const kind = (i: number) => (i === bars ? ' class="bar-cell"' : words.includes(i) ? ' class="word"' : "");
  const classes = [className, bars === undefined ? "" : "bars"].filter(Boolean).join(" ");
  const heads = head
    .map((text, i) => (text === "" ? `<td${kind(i)}></td>` : `<th scope="col"${kind(i)}>${text}</th>`))
    .join("");
  const lines = rows.map(([first, ...rest], row) => {
    const cells = rest.map((text, i) => `<td${kind(i + 1)}>${text}</td>`).join("");
    return `<tr${row === 0 ? ' class="first"' : ""}><th scope="row"${kind(0)}>${first}</th>${cells}</tr>`;
  });
  return scrolling(
    caption,
    `<table${classes === "" ? "" : ` class="${classes}"`}><caption>${escaped(caption)}</caption><thead><tr>${heads}</tr></thead><tbody>${lines.join("")}</tbody></table>`,
  );
}

/** Something that may be wider than the page: it can be moved with the keyboard, too. */
export const scrolling = (label: string, content: string): string =>
  `<div class="scroll" role="group" tabindex="0" aria-label="${escaped(label)}">${content}</div>`;

/** A bar from 0 to a value, both between the ends of a scale: orange below 0, blue above. */
export function barHtml(value: number, low: number, high: number): string {
  const at = (x: number) => (100 * (x - low)) / (high - low || 1);
  const [from, to] = [at(Math.min(0, value)), at(Math.max(0, value))];
  const rule = low < 0 ? `<rect class="rule" x="${px(at(0) - 0.25)}" width="0.5" height="10"/>` : "";
  return (
    '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">' +
    `<rect class="${value < 0 ? "negative" : "positive"}" x="${px(from)}" y="1" width="${px(Math.max(0.4, to - from))}" height="8"/>${rule}</svg>`
  );
}
