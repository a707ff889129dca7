/**
 * A size of an exported graph: batch^power · (a + b·length + c·length²). Files have the batch, and the length of sequences where a
 * model leaves that open, as symbols.
 */
export class OpenCount {
  constructor(
    readonly power: number,
    /** Of 1, of the length and of its square. */
    readonly terms: readonly [number, number, number],
  ) {}

  static of(value: number): OpenCount {
    return new OpenCount(0, [value, 0, 0]);
  }

  /** The number where it depends on nothing, else undefined. */
  get fixed(): number | undefined {
    return this.power === 0 && this.dependsOnLength === false ? this.terms[0] : undefined;
  }

  get dependsOnLength(): boolean {
    return this.terms[1] !== 0 || this.terms[2] !== 0;
  }

  equals(other: OpenCount): boolean {
    return this.power === other.power && this.terms.every((term, i) => term === other.terms[i]);
  }
}

/** The places at which a graph is made to see how its sizes grow. Batches are primes that no layer has as a size. */
export interface Probe {
  readonly batchSize: number;
  readonly length?: number | undefined;
}

const BATCHES = [10_007, 10_009] as const;
/** Behind the first length. The last tells whether what was found of the others holds. */
const STEPS = [0, 1, 2, 5] as const;

/** @param longest a length that all layers take; undefined where no length is open */
export function probesOf(longest: number | undefined): Probe[] {
  if (longest === undefined) return BATCHES.map((batchSize) => ({ batchSize }));
  const lengths = STEPS.map((step) => longest - STEPS[STEPS.length - 1] + step);
  return [
    ...lengths.map((length) => ({ batchSize: BATCHES[0], length })),
    { batchSize: BATCHES[1], length: lengths[0] },
  ];
}

/** The size that has these values at the probes; undefined where none of this form has. */
export function fitSize(probes: readonly Probe[], values: readonly number[]): OpenCount | undefined {
  const first = values[0];
  const last = values[values.length - 1];
  const power = [0, 1, 2].find((p) => first * BATCHES[1] ** p === last * BATCHES[0] ** p);
  if (power === undefined) return undefined;
  const own = values.slice(0, probes.length === 2 ? 1 : STEPS.length).map((value) => value / BATCHES[0] ** power);
  if (own.length === 1) return Number.isInteger(own[0]) ? new OpenCount(power, [own[0], 0, 0]) : undefined;
  const length = probes[0].length!;
  const square = (own[2] - 2 * own[1] + own[0]) / 2;
  const slope = own[1] - own[0] - square * (2 * length + 1);
  const rest = own[0] - slope * length - square * length * length;
  const at = (x: number) => rest + slope * x + square * x * x;
  const holds = own.every((value, i) => at(length + STEPS[i]) === value);
  return holds ? new OpenCount(power, [rest, slope, square]) : undefined;
}
