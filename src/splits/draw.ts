import { DataError } from "../errors";
import { deriveKey, shuffle } from "../numeric/random";
import type { SplitSettings } from "./options";

/** Numbers from 0 on in an order that depends on the seed alone. */
export function shuffled(count: number, seed: number, stream: number): Int32Array {
  return shuffle(
    Int32Array.from({ length: count }, (_, i) => i),
    deriveKey(seed, stream),
  );
}

/** Streams of random numbers. */
const ROWS = 71;
const GROUPS = 72;

/**
 * Which part each row belongs to, of parts that are asked to have these shares of all rows. Classes have the same shares in all
 * parts, groups stay together, times rise from part to part.
 */
export function assignParts(rowCount: number, shares: readonly number[], settings: SplitSettings): Int32Array {
  if (rowCount < shares.length) {
    throw new DataError(`${settings.who}: ${rowCount} rows are too few for ${shares.length} parts.`);
  }
  if (settings.times) return byTime(settings.times, shares, settings.who);
  return settings.groups ? byGroups(settings.groups, shares, settings) : byRows(rowCount, shares, settings);
}

/** Rows of a class go round over the parts, each next to the part that has least of what it is to have. */
function byRows(rowCount: number, shares: readonly number[], { seed, classes }: SplitSettings): Int32Array {
  const order = shuffled(rowCount, seed, ROWS);
  const members = new Map<number, number[]>();
  for (const row of order) {
    const of = classes?.[row] ?? 0;
    if (!members.has(of)) members.set(of, []);
    members.get(of)!.push(row);
  }
  const parts = new Int32Array(rowCount);
  const filled = new Float64Array(shares.length);
  for (const of of [...members.keys()].sort((a, b) => a - b)) {
    const rows = members.get(of)!;
    const counts = countsOf(rows.length, shares, filled, rowCount);
    let next = 0;
    counts.forEach((count, part) => {
      for (const row of rows.slice(next, next + count)) parts[row] = part;
      next += count;
      filled[part] += count;
    });
  }
  return parts;
}

/**
 * How many of some rows each part gets: its share, rounded down, and what is left to those that are furthest behind with all rows so
 * far.
 */
function countsOf(count: number, shares: readonly number[], filled: Float64Array, rowCount: number): Int32Array {
  const counts = Int32Array.from(shares, (share) => Math.floor(share * count + 1e-9));
  const left = count - counts.reduce((a, b) => a + b, 0);
  const lack = shares.map((share, part) => share * rowCount - filled[part] - counts[part]);
  const first = [...shares.keys()].sort((a, b) => lack[b] - lack[a] || a - b);
  for (let i = 0; i < left; i++) counts[first[i % first.length]]++;
  return counts;
}

/** The largest groups first, each into the part in which it leaves sizes and classes closest to what they should be. */
function byGroups(groups: Int32Array, shares: readonly number[], { who, seed, classes }: SplitSettings): Int32Array {
  const groupCount = groups.reduce((most, group) => Math.max(most, group + 1), 0);
  if (groupCount < shares.length) {
    throw new DataError(`${who}: ${groupCount} groups are too few for ${shares.length} parts.`);
  }
  const classCount = classes ? classes.reduce((most, of) => Math.max(most, of + 1), 0) : 1;
  const counts = Array.from({ length: groupCount }, () => new Float64Array(classCount));
  groups.forEach((group, row) => counts[group][classes?.[row] ?? 0]++);
  const totals = new Float64Array(classCount);
  for (const own of counts) own.forEach((count, of) => (totals[of] += count));
  const sizes = counts.map((own) => own.reduce((a, b) => a + b, 0));
  // The sort is stable: of equal groups the order is that of the seed.
  const order = [...shuffled(groupCount, seed, GROUPS)].sort((a, b) => sizes[b] - sizes[a]);
  const filled = shares.map(() => new Float64Array(classCount));
  const partOf = new Int32Array(groupCount);
  for (const group of order) {
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    shares.forEach((share, part) => {
      const fullness = (of: number) =>
        share > 0 ? filled[part][of] / (share * totals[of] || 1) : Number.POSITIVE_INFINITY;
      let worst = 0;
      counts[group].forEach((count, of) => (worst += (count / (totals[of] || 1)) * fullness(of)));
      const size = filled[part].reduce((a, b) => a + b, 0) / (share || 1) / groups.length;
      const cost = worst + 1e-3 * size;
      if (cost < least) [best, least] = [part, cost];
    });
    partOf[group] = best;
    counts[group].forEach((count, of) => (filled[best][of] += count));
  }
  const empty = filled.findIndex((own) => own.every((count) => count === 0));
  if (empty >= 0) throw new DataError(`${who}: one group is so large that a part stays empty.`);
  return groups.map((group) => partOf[group]);
}

/** Cuts where the shares say, moved so that equal times stay together. */
function byTime(times: Float64Array, shares: readonly number[], who: string): Int32Array {
  const order = [...times.keys()].sort((a, b) => times[a] - times[b] || a - b);
  const parts = new Int32Array(times.length);
  let share = 0;
  let start = 0;
  shares.forEach((own, part) => {
    share += own;
    let end = part === shares.length - 1 ? times.length : Math.round(share * times.length);
    while (end < times.length && end > 0 && times[order[end]] === times[order[end - 1]]) end++;
    if (end <= start) throw new DataError(`${who}: too few different times for ${shares.length} parts.`);
    for (const row of order.slice(start, end)) parts[row] = part;
    start = end;
  });
  return parts;
}
