import { tensorBytes } from "../src/program/layout";
import { conv2d } from "../src/ops/conv2d";
import { type ConvolutionExample, convolutionExample } from "../src/ops/convolution";
import { depthwiseConv2d, depthwiseExample } from "../src/ops/depthwiseConv2d";
import type { Example, Op } from "../src/ops/op";
import { Fixture } from "../tests/ops/harness";
import type { Candidate, Item } from "./item";
import type { Contender } from "./measure";
import type { Variant } from "./variants";

/** What training computes of a convolution: the pixels, the gradient by them, and the one by the weights. */
const passes = {
  forward: { direction: "forward", unwanted: [], touched: ["x", "w", "b", "y"] },
  dx: { direction: "backward", unwanted: ["w", "b"], touched: ["dx", "w", "dy"] },
  dw: { direction: "backward", unwanted: ["x", "b"], touched: ["x", "dw", "dy"] },
} as const;

interface Shape {
  readonly name: string;
  readonly op: Op;
  readonly example: Example;
  /** Of the first layer of a network nobody asks for dx. */
  readonly passes: readonly (keyof typeof passes)[];
}

const all = ["forward", "dx", "dw"] as const;

function dense(name: string, example: ConvolutionExample, passes: Shape["passes"] = all): Shape {
  return { name, op: conv2d, example: convolutionExample(example, "x"), passes };
}

function depthwise(batch: number): Shape {
  const example = depthwiseExample([batch, 28, 28, 32], [3, 3, 1], [28, 28], { padTop: 1, padLeft: 1 });
  return { name: `depthwise 3×3 32, 28×28, batch ${batch}`, op: depthwiseConv2d, example, passes: all };
}

const same: ConvolutionExample["padding"] = [1, 1, 1, 1];
const shapes: readonly Shape[] = [
  dense("3×3 32→64, 28×28, batch 32", { batch: 32, image: [28, 28, 32], kernel: [3, 3], filters: 64, padding: same }),
  dense("1×1 32→64, 28×28, batch 32", { batch: 32, image: [28, 28, 32], kernel: [1, 1], filters: 64 }),
  // tensors that fit L2, L3, and neither
  depthwise(4),
  depthwise(32),
  depthwise(128),
  // conv16-conv32 over digits
  dense("3×3 1→16, 28×28 valid, batch 64", { batch: 64, image: [28, 28, 1], kernel: [3, 3], filters: 16 }, [
    "forward",
    "dw",
  ]),
  dense("3×3 16→32, 13×13 valid, batch 64", { batch: 64, image: [13, 13, 16], kernel: [3, 3], filters: 32 }),
  dense("3×3 32→64 stride 2, 28×28, batch 32", {
    batch: 32,
    image: [28, 28, 32],
    kernel: [3, 3],
    filters: 64,
    strides: [2, 2],
    padding: same,
  }),
  dense("5×5 16→32, 28×28, batch 32", {
    batch: 32,
    image: [28, 28, 16],
    kernel: [5, 5],
    filters: 32,
    padding: [2, 2, 2, 2],
  }),
];

/** Each pass of convolutions of the sizes that networks have; readable kernels, which take a second a time, are left out. */
export function convolutionCandidates(variants: readonly Variant[]): Candidate[] {
  const fast = variants.filter(({ name }) => name !== "js");
  return shapes.flatMap((shape) =>
    shape.passes.map((pass) => ({
      kind: "convolutions" as const,
      name: `${shape.name}, ${pass}`,
      make: () => makeItem(shape, pass, fast),
    })),
  );
}

async function makeItem(
  { op, example }: Shape,
  pass: keyof typeof passes,
  variants: readonly Variant[],
): Promise<Item> {
  const { direction, unwanted, touched } = passes[pass];
  const fixture = new Fixture(op, example);
  const counts = example.counts ?? {};
  const contenders: Contender[] = [];
  for (const { name, createBed } of variants) {
    const bed = await createBed(fixture.bytes, tensorBytes(op.workspace?.(counts) ?? 0));
    fixture.prepare(bed, () => 0);
    fixture.run(bed, direction, { unwanted });
    contenders.push({ name, run: bed.repeat });
  }
  const flops = op.flops!(counts);
  if (op !== depthwiseConv2d) return { contenders, amount: flops, unit: "GFLOP/s", flops };
  const fields = fixture.regions.filter(({ name }) => (touched as readonly string[]).includes(name));
  return { contenders, amount: fields.reduce((sum, { count }) => sum + 4 * count, 0), unit: "GB/s", flops };
}
