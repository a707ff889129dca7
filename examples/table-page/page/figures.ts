/** Numbers as people read them. */

const THIN_SPACE = "\u202f";

const grouped = (text: string): string => {
  const [whole, decimals] = text.replace("-", "−").split(".");
  const parts = whole.replace("−", "").length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE) : whole;
  return decimals === undefined ? parts : `${parts}.${decimals}`;
};

/** With all its digits; thousands in groups. */
export const figure = (value: number): string => grouped(String(value));

/** With three significant digits. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && (size >= 1e9 || size < 1e-4)) return value.toExponential(2).replaceAll("-", "−");
  const rounded = Number(value.toPrecision(3));
  return grouped(size >= 100 ? String(rounded) : rounded.toPrecision(3));
}

/** A share of 1 in percent: what is not certain is neither 0 nor 100. */
export function percent(share: number): string {
  const text = share < 0.001 ? "< 0.1" : share < 1 && share > 0.999 ? "> 99.9" : (100 * share).toFixed(1);
  return `${text}${THIN_SPACE}%`;
}
