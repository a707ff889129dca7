import { tensorBytes } from "../src/program/layout";
import type { Examples } from "../src/ops/op";
import { Fixture } from "../tests/ops/harness";
import type { Candidate, Item } from "./item";
import type { Contender } from "./measure";
import type { Variant } from "./variants";

type Direction = "forward" | "backward";

/** Every operation with a `bench` example, in both directions. */
export function opCandidates(examples: readonly Examples[], variants: readonly Variant[]): Candidate[] {
  return examples
    .filter(({ bench }) => bench)
    .flatMap((entry) => {
      const directions: Direction[] = entry.op.isDifferentiable ? ["forward", "backward"] : ["forward"];
      return directions.map((direction) => ({
        kind: "ops" as const,
        name: `${entry.op.name} ${direction}`,
        make: () => makeItem(entry, direction, variants),
      }));
    });
}

async function makeItem(
  { op, bench, overwrites = [] }: Examples,
  direction: Direction,
  variants: readonly Variant[],
): Promise<Item> {
  const fixture = new Fixture(op, bench!);
  const counts = bench!.counts ?? {};
  const workspaceBytes = tensorBytes(op.workspace?.(counts) ?? 0);
  const contenders: Contender[] = [];
  for (const { name, createBed } of variants) {
    const bed = await createBed(fixture.bytes, workspaceBytes);
    fixture.prepare(bed, () => 0);
    fixture.run(bed, "forward");
    bed.repeat(1);
    // Multiplied by a slope in every run, they would become denormal numbers, which processors are slow with.
    for (const name of overwrites) fixture.view(bed, name).fill(0);
    if (direction === "backward") fixture.run(bed, "backward");
    const { repeat } = bed;
    contenders.push({ name, run: repeat });
  }
  const flops = op.flops?.(counts);
  if (flops === undefined) return { contenders, amount: bytesTouched(fixture, direction), unit: "GB/s" };
  // Backward costs as much again for every matrix that gets a gradient.
  const matrices = op.inputs.filter((name) => (bench!.shapes[name]?.length ?? 0) > 1).length;
  const amount = direction === "forward" ? flops : flops * Math.max(1, matrices);
  return { contenders, amount, unit: "GFLOP/s", flops: amount };
}

/** Bytes of the tensors, data and totals that one direction reads or writes, each counted once. */
function bytesTouched({ op, regions }: Fixture, direction: Direction): number {
  const values = [...op.inputs, ...op.outputs];
  const gradients = values.map((name) => `d${name}`);
  const isTouched = (name: string) =>
    direction === "forward"
      ? !gradients.includes(name)
      : gradients.includes(name) || op.saves.includes(name) || !values.includes(name);
  const elementBytes = { bytes: 1, totals: 8 } as Record<string, number>;
  return regions
    .filter(({ name }) => isTouched(name))
    .reduce((sum, { kind, count }) => sum + count * (elementBytes[kind] ?? 4), 0);
}
