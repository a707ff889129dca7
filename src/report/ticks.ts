/** 1, 2 or 5 times a power of ten: the least that is not below a number above 0. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const lead = least / power;
  const factor = [1, 2, 5, 10].find((one) => one >= lead * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(12));
}

/** Round values from a number to another, about so many. */
export function ticksOf(from: number, to: number, about = 5): number[] {
  if (!(to > from)) return [from];
  const step = niceStep((to - from) / about);
  const ticks: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i <= to / step + 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** A range whose ends are round values. */
export function niceRange(low: number, high: number, about = 5): [number, number] {
  if (!(high > low)) {
    const room = Math.abs(low) / 10 || 1;
    return niceRange(low - room, high + room, about);
  }
  const step = niceStep((high - low) / about);
  const end = (value: number) => Number((value * step).toPrecision(12));
  return [end(Math.floor(low / step + 1e-9)), end(Math.ceil(high / step - 1e-9))];
}
