/** Numbers as people read them. */

const THIN_SPACE = "\u2009";

/** Whole, in groups of three. */
export const whole = (value: number) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);

/** With three significant digits; thousands in groups. */
export function significant(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded >= 100 ? whole(rounded) : rounded.toPrecision(3);
}

/** As long as it takes, in words, rounded as finely as somebody who waits wants to know. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 55) return `${5 * Math.round(seconds / 5)} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return `${minutes} min`;
  return `${(seconds / 3600).toPrecision(2)} h`;
}

/** A rate, smoothed over a second of work. */
export class Rate {
  #count = 0;
  #seconds = 0;

  add(count: number, seconds: number): void {
    const kept = Math.exp(-seconds);
    this.#count = kept * this.#count + count;
    this.#seconds = kept * this.#seconds + seconds;
  }

  /** Undefined before anything was counted. */
  get perSecond(): number | undefined {
    return this.#seconds > 0 ? this.#count / this.#seconds : undefined;
  }
}

/** A distance between ticks, 1, 2 or 5 times a power of ten, for at most so many of them. */
export function tickDistance(range: number, most: number): number {
  const power = 10 ** Math.floor(Math.log10(range / most));
  return [1, 2, 5, 10].map((factor) => factor * power).find((distance) => range / distance <= most)!;
}
