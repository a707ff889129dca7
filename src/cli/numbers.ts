/** `97.1 %` */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A quantity in few digits. */
export function amount(value: number, unit?: string): string {
  const size = Math.abs(value);
  const text =
    size >= 10_000
      ? Math.round(value).toLocaleString("en-US")
      : String(Number(value.toPrecision(size >= 1000 ? 4 : 3)));
  return unit === undefined ? text : `${text} ${unit}`;
}

/** `1,234 rows`, `1 row` */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

/** `2.3 kB` */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const exponent = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** exponent).toFixed(1)} ${["B", "kB", "MB", "GB"][exponent]}`;
}
