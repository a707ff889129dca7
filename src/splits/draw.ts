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
  let seen = 0;
  for (const of of [...members.keys()].sort((a, b) => a - b)) {
    const rows = members.get(of)!;
    seen += rows.length;
    const counts = countsOf(rows.length, shares, filled, seen);
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
function countsOf(count: number, shares: readonly number[], filled: Float64Array, seen: number): Int32Array {
  const counts = Int32Array.from(shares, (share) => Math.floor(share * count + 1e-9));
  const left = count - counts.reduce((a, b) => a + b, 0);
  const lack = shares.map((share, part) => share * seen - filled[part] - counts[part]);
  const first = [...shares.keys()].sort((a, b) => lack[b] - lack[a] || a - b);
  for (let i = 0; i < left; i++) counts[first[i % first.length]]++;
  return counts;
}

/** Rows of each class. */
type Counts = Float64Array;

/** The largest groups first, each into the part that has least of what the group brings. */
function byGroups(groups: Int32Array, shares: readonly number[], { who, seed, classes }: SplitSettings): Int32Array {
  const groupCount = largest(groups) + 1;
  if (groupCount < shares.length) {
    throw new DataError(`${who}: ${groupCount} groups are too few for ${shares.length} parts.`);
  }
  const classCount = classes ? largest(classes) + 1 : 1;
  const counts = Array.from({ length: groupCount }, (): Counts => new Float64Array(classCount));
  const totals: Counts = new Float64Array(classCount);
  for (let row = 0; row < groups.length; row++) {
    const of = classes?.[row] ?? 0;
    counts[groups[row]][of]++;
    totals[of]++;
  }
  const sizes = counts.map(sum);
  // The sort is stable: of equal groups the order is that of the seed.
  const order = [...shuffled(groupCount, seed, GROUPS)].sort((a, b) => sizes[b] - sizes[a]);
  const filled = shares.map((): Counts => new Float64Array(classCount));
  const partOf = new Int32Array(groupCount);
  for (const group of order) {
    const costs = shares.map((share, part) => overlap(counts[group], filled[part], totals) / share);
    const least = Math.min(...costs);
    // Of parts that a group suits alike, as where it brings a class that none has, the emptiest.
    const fullness = shares.map((share, part) =>
      costs[part] > least ? Number.POSITIVE_INFINITY : sum(filled[part]) / share,
    );
    const best = fullness.indexOf(Math.min(...fullness));
    partOf[group] = best;
    for (let of = 0; of < classCount; of++) filled[best][of] += counts[group][of];
  }
  fillEmptyParts(partOf, sizes, shares);
  return groups.map((group) => partOf[group]);
}

/** No part stays empty: it gets the smallest group of the part that has most for its share, of those with more than one. */
function fillEmptyParts(partOf: Int32Array, sizes: readonly number[], shares: readonly number[]): void {
  for (;;) {
    const rows = shares.map(() => 0);
    const counts = shares.map(() => 0);
    partOf.forEach((part, group) => {
      rows[part] += sizes[group];
      counts[part]++;
    });
    const empty = counts.indexOf(0);
    if (empty < 0) return;
    const fullness = shares.map((share, part) => (counts[part] > 1 ? rows[part] / share : 0));
    const fullest = fullness.indexOf(Math.max(...fullness));
    const places = [...partOf.keys()].filter((group) => partOf[group] === fullest);
    partOf[places.reduce((best, group) => (sizes[group] < sizes[best] ? group : best))] = empty;
  }
}

const largest = (codes: Int32Array): number => codes.reduce((most, code) => Math.max(most, code), 0);
const sum = (counts: Counts): number => counts.reduce((a, b) => a + b, 0);

/** How much a part has already of the classes that a group brings, each as a share of all rows of the class. */
function overlap(group: Counts, part: Counts, totals: Counts): number {
  return group.reduce((cost, count, of) => cost + (count / totals[of]) * ((part[of] + count) / totals[of]), 0);
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
