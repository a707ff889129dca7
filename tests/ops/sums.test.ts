// Every operation that adds up many numbers is within 10⁻⁶ of float64 whatever the length, and has the same bits on any number
// of threads (T12). All terms of the sums are positive, so that the sum of their magnitudes is the result itself.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compileModule } from "../../src/engine/module/modules";
import { type ConvolutionExample, convolutionExample } from "../../src/ops/convolution";
import { depthwiseExample } from "../../src/ops/depthwiseConv2d";
import { matmulExample } from "../../src/ops/matmul";
import type { Example, Examples, Op } from "../../src/ops/op";
import * as registry from "../../src/ops/index";
import { recurrentExample } from "../../src/ops/recurrent/examples";
import { tensorBytes } from "../../src/program/layout";
import {
  collectExamples,
  Fixture,
  type Machine,
  ReadableMachine,
  relativeError,
  ThreadsMachine,
  type Variant,
  WasmMachine,
} from "./harness";

const strict = await compileModule();
const shared = await compileModule("threads");

interface Case {
  readonly label: string;
  readonly op: Op;
  readonly example: Example;
  /** Fields whose numbers are sums of many positive terms, forward or backward. */
  readonly results: readonly string[];
}

/** Operations that add up many numbers, each by every way its kernels go about it. */
const cases: Case[] = [];
const list = (op: Op, label: string, example: Example, results: string) =>
  cases.push({ label: `${op.name}, ${label}`, op, example, results: results.split(" ") });

const dense = (rows: number, inputs: number, units: number): Example => ({
  shapes: { x: [rows, inputs], w: [inputs, units], b: [units], y: [rows, units] },
  counts: { rows, inputs, units },
});
for (const op of [registry.dense, registry.denseRelu]) {
  list(op, "many inputs", dense(5, 20_011, 18), "y");
  list(op, "many inputs, one row", dense(1, 20_011, 7), "y");
  list(op, "many inputs, one unit", dense(6, 20_011, 1), "y");
  list(op, "many rows, wide", dense(9_001, 40, 100), "dw db");
  list(op, "many units", dense(3, 5, 20_011), "dx");
}
list(registry.dense, "many rows, few inputs", dense(30_011, 3, 5), "dw db");
list(registry.dense, "many rows, one input and unit", dense(300_007, 1, 1), "dw db");
list(registry.dense, "many rows, one unit", dense(30_011, 20, 1), "dw db");
// Between them are usual batches, whose bits stay as they were: float32, off by up to 1.9·10⁻⁶ where all numbers are the same.
for (const batch of [64, 129]) list(registry.dense, `a batch of ${batch}`, dense(batch, 3, 21), "db");

const convolution = (label: string, example: ConvolutionExample, y: string, x: string) => {
  list(registry.conv2d, label, convolutionExample(example, "x"), y);
  list(registry.conv2dTranspose, label, convolutionExample(example, "y"), x);
};
const many: ConvolutionExample = { batch: 3, image: [101, 103, 2], kernel: [1, 1], filters: 8 };
convolution("pointwise", many, "dw db", "dw db");
convolution("pointwise in panels", { ...many, image: [101, 103, 16], filters: 16 }, "dw db", "dw db");
convolution("patches of few channels", { ...many, kernel: [2, 3], filters: 5 }, "dw db", "dw db");
convolution("patches", { ...many, image: [61, 59, 5], kernel: [3, 2], filters: 7 }, "dw db", "dw db");
convolution("groups", { ...many, image: [61, 59, 4], kernel: [2, 2], filters: 6, groups: 2 }, "dw db", "dw db");
convolution("rows", { ...many, kernel: [3, 3], filters: 16, padding: [1, 1, 1, 1] }, "db", "db");
convolution("rows inside the image", { ...many, kernel: [2, 2], filters: 16 }, "dw db", "dw db");
convolution("long rows", { batch: 1, image: [7, 2_003, 1], kernel: [1, 2], filters: 16 }, "dw db", "dw db");
convolution("tiles", { ...many, image: [62, 63, 16], kernel: [3, 3], filters: 16 }, "dw db", "dw db");
convolution("tiles of more channels", { batch: 1, image: [62, 63, 32], kernel: [3, 3], filters: 48 }, "dw db", "dw db");
convolution("many channels", { batch: 1, image: [4, 5, 300], kernel: [3, 2], filters: 5 }, "y", "dx");
convolution("many filters", { batch: 1, image: [4, 5, 3], kernel: [3, 2], filters: 1_301 }, "dx", "y");
const large: ConvolutionExample = { batch: 2, image: [40, 41, 2], kernel: [31, 29], filters: 1, padding: [3, 9, 0, 7] };
convolution("a large kernel", large, "dx", "y");
convolution("a long kernel", { ...large, image: [3, 301, 1], kernel: [1, 101], padding: [0, 0, 50, 50] }, "dx", "y");
convolution("a large kernel, groups", { ...large, filters: 2, groups: 2, strides: [2, 1] }, "dx", "y");
convolution("a large kernel, dilated", { ...large, image: [40, 41, 3], kernel: [11, 9], dilation: [2, 3] }, "dx", "y");

list(registry.depthwiseConv2d, "3×3", depthwiseExample([2, 103, 61, 8], [3, 3, 1], [101, 59]), "dw db");
list(registry.depthwiseConv2d, "3×3, long rows", depthwiseExample([1, 5, 3_001, 4], [3, 3, 1], [3, 2_999]), "dw db");
for (const [multiplier, channels] of [
  [1, 5],
  [3, 2],
]) {
  const label = `a large kernel, ${multiplier} a channel`;
  const sizes: [number, number, number, number] = [2, 40, 41, channels];
  list(registry.depthwiseConv2d, label, depthwiseExample(sizes, [31, 29, multiplier], [13, 20], { padTop: 3 }), "y dx");
}
list(
  registry.depthwiseConv2d,
  "a long kernel",
  depthwiseExample([1, 2, 301, 4], [1, 101, 1], [2, 301], { padLeft: 50 }),
  "y dx",
);
list(registry.depthwiseConv2d, "long rows", depthwiseExample([1, 70, 1_001, 3], [2, 1, 2], [69, 1_001]), "dw db");

const pooling = (height: number, width: number, channels: number): Example => ({
  shapes: { x: [2, height, width, channels], y: [2, 1, 1, channels] },
  counts: {
    ...{ batch: 2, height, width, channels, outHeight: 1, outWidth: 1, poolHeight: height, poolWidth: width },
    ...{ strideY: height, strideX: width, padTop: 0, padLeft: 0 },
  },
});
for (const [height, width, channels] of [
  [9, 8, 5],
  [224, 224, 3],
  [1, 65_537, 1],
  [65_537, 1, 4],
] as const) {
  list(registry.averagePooling2d, `${height} × ${width}`, pooling(height, width, channels), "y");
}

for (const [pool, strides] of [
  [
    [30, 28],
    [1, 1],
  ],
  [
    [8, 9],
    [1, 1],
  ],
  [
    [2, 90],
    [2, 1],
  ],
  [
    [60, 40],
    [3, 2],
  ],
]) {
  const [poolHeight, poolWidth, strideY, strideX] = [...pool, ...strides];
  const places = (size: number, pool: number, stride: number) => Math.floor((size + 4 - pool) / stride) + 1;
  const [batch, height, width, channels] = [1, 63, 97, 3];
  const outHeight = places(height, poolHeight, strideY);
  const outWidth = places(width, poolWidth, strideX);
  const example: Example = {
    shapes: { x: [batch, height, width, channels], y: [batch, outHeight, outWidth, channels] },
    counts: {
      ...{ batch, height, width, channels, outHeight, outWidth, poolHeight, poolWidth },
      ...{ strideY, strideX, padTop: 2, padLeft: 2 },
    },
  };
  const label = `overlapping ${poolHeight} × ${poolWidth}`;
  list(registry.averagePooling2d, label, example, "y dx");
  // Now and then a number so large that it wins all the windows over it.
  const fill = { x: (_: number, i: number) => (Math.floor(i / channels) % 61 ? 0.25 : 1) + ((i * 37) % 1021) / 4096 };
  for (const op of [registry.maxPooling2d, registry.reluMaxPooling2d]) list(op, label, { ...example, fill }, "dx");
}

const normalized = (rows: number, channels: number): Example => ({
  shapes: {
    x: [rows, channels],
    gamma: [channels],
    beta: [channels],
    y: [rows, channels],
    mean: [channels],
    variance: [channels],
  },
  counts: { rows, channels },
  numbers: { epsilon: 1e-3 },
});
list(registry.batchNormalization, "many rows", normalized(100_003, 5), "mean dbeta");
const grouped = (samples: number, positions: number, channels: number, groups: number): Example => ({
  shapes: {
    x: [samples, positions, channels],
    gamma: [channels],
    beta: [channels],
    y: [samples, positions, channels],
    moments: [2, samples * groups],
  },
  counts: { samples, positions, channels, groups, centers: 0 },
  numbers: { epsilon: 1e-3 },
});
list(registry.groupNormalization, "many samples", grouped(50_021, 1, 6, 1), "dgamma dbeta");
list(registry.groupNormalization, "many positions", grouped(2, 50_021, 6, 2), "dgamma dbeta");

for (const columns of [3, 21]) {
  list(
    registry.prelu,
    `${columns} columns`,
    {
      shapes: { x: [5_003, 1, 3, columns], alpha: [1, columns], y: [5_003, 1, 3, columns] },
      counts: { samples: 5_003, alphaRows: 1, shared: 3, columns },
      // Both factors negative, so that the terms are positive.
      fill: { x: (u) => -0.1 - u, dy: (u) => -0.1 - u },
    },
    "dalpha",
  );
}

// The gradient of a shared matrix is one product of all rows, or a sum over the batch.
const products = (label: string, sizes: Parameters<typeof matmulExample>, results: string) =>
  list(registry.matmul, label, matmulExample(...sizes), results);
products("long rows", [2, 3, 20_011, 2, { transposeB: 1 }], "y");
// Up to 1,024 numbers the sums of products are as those of `dense`.
products("many rows, b transposed", [1, 1_100, 3, 1_050, { transposeB: 1 }], "da db");
products("long rows, one column", [2, 5, 20_011, 1], "y");
products("many rows", [1, 1_100, 3, 1_050], "da db");
products("many rows, transposed", [1, 1_100, 3, 1_050, { transposeA: 1, transposeB: 1 }], "da db");
products("many entries, shared b", [5_003, 3, 5, 6, { sharedB: 1 }], "db");
products("many entries, shared vector", [5_003, 7, 5, 1, { sharedB: 1, transposeA: 1 }], "db");
products("many entries, shared b, transposed", [5_003, 3, 5, 6, { sharedB: 1, transposeA: 1, transposeB: 1 }], "db");
products("many entries, shared a", [5_003, 3, 5, 6, { sharedA: 1 }], "da");
products("many entries, shared row", [5_003, 1, 5, 6, { sharedA: 1, transposeB: 1 }], "da");
products("many entries, shared a, transposed", [301, 9, 5, 70, { sharedA: 1, transposeA: 1, transposeB: 1 }], "da");
products("many entries, shared a of many columns", [41, 3, 131, 40, { sharedA: 1, transposeB: 1 }], "da");
products("many entries, shared a of many rows", [37, 515, 3, 70, { sharedA: 1 }], "da");
products("many entries, both shared", [2_003, 4, 3, 2, { sharedA: 1, sharedB: 1 }], "da db");

for (const op of [registry.upSampling2d, registry.upSamplingBilinear2d]) {
  const [batch, height, width, channels, sizeY, sizeX] = [2, 3, 2, 5, 61, 70];
  const example = {
    shapes: { x: [batch, height, width, channels], y: [batch, height * sizeY, width * sizeX, channels] },
    counts: { batch, height, width, channels, sizeY, sizeX },
  };
  list(op, "large blocks", example, "dx");
}

/**
 * Numbers for all tensors of an example: the same one, or any between 0.1 and 1.1. Where all are the same, every addition may err
 * to the same side: the most for 48 products of about 1.94, and 64 numbers as large.
 */
const contents: Record<string, (uniform: number) => number> = {
  "0.1": () => 0.1,
  "√1.944": () => Math.sqrt(1.9444),
  "random numbers": (uniform) => 0.1 + uniform,
};

function filled({ shapes, fill, ...rest }: Example, content: (uniform: number) => number): Example {
  const names = Object.keys(shapes).flatMap((name) => [name, `d${name}`]);
  return { ...rest, shapes, fill: { ...Object.fromEntries(names.map((name) => [name, content])), ...fill } };
}

for (const [outer, length, inner] of [
  [1, 300_007, 1],
  [2, 20_011, 7],
  [3, 9_001, 1],
]) {
  const label = `${outer} × ${length} × ${inner}`;
  const counts = { outer, length, inner };
  const [long, short] = [
    [outer, length, inner],
    [outer, inner],
  ];
  list(registry.sumAxis, label, { shapes: { x: long, y: short }, counts, numbers: { scale: 1 } }, "y");
  list(registry.expandAxis, label, { shapes: { x: short, y: long }, counts }, "dx");
  for (const reverse of [0, 1]) {
    const example = { shapes: { x: long, y: long }, counts: { ...counts, reverse } };
    list(registry.cumSumAxis, `${label}${reverse ? " backwards" : ""}`, example, "y dx");
  }
}
const taken: Example = {
  shapes: { x: [3, 5], y: [30_011, 5] },
  sizes: { ids: 30_011 },
  counts: { rows: 3, width: 5, count: 30_011 },
  fill: { ids: (_, i) => i % 3 },
};
list(registry.takeRows, "rows that many take", taken, "dx");
const changed: Example = {
  ...taken,
  shapes: { w: [3, 5], dy: [30_011, 5] },
  numbers: { limit: Number.POSITIVE_INFINITY },
  step: { learningRate: 0.25 },
};
list(registry.sgdRows, "rows that many take", changed, "w");
const along: Example = {
  shapes: { x: [2, 3, 5], y: [2, 6_007, 5] },
  sizes: { ids: 2 * 6_007 * 5 },
  counts: { outer: 2, length: 3, inner: 5, count: 6_007 },
  fill: { ids: (_, i) => Math.floor(i / 5) % 3 },
};
list(registry.takeAlongAxis, "numbers that many take", along, "dx");

for (const [op, gates, kept, states] of [
  [registry.lstm, 4, ["cells", "squashed"], ["h", "c"]],
  [registry.simpleRnn, 1, [], ["h"]],
] as const) {
  const sizes = { batch: 3_001, time: 1, units: 3, gates, kept, states };
  const { fill, ...example } = recurrentExample(sizes, { hasStates: true });
  list(op, "many samples", { ...example, fill: { ...fill, z: (uniform) => uniform / 10 } }, "du");
}

/** The results of a case: of forward where they are outputs, else of backward. */
function resultsOf(
  { op, results }: Case,
  fixture: Fixture,
  machine: Machine,
  variant: Variant = {},
): Record<string, ArrayLike<number>> {
  const { forward, backward } = fixture.runBoth(machine, variant, results);
  return Object.fromEntries(
    results.map((name) => [name, op.inputs.some((input) => name === `d${input}`) ? backward[name] : forward[name]]),
  );
}

/**
 * The same of the readable kernels, of which each gradient is a loop of its own: those that no case compares take most of the time.
 */
function readableResultsOf(one: Case, fixture: Fixture, machine: ReadableMachine): Record<string, ArrayLike<number>> {
  const { op, results } = one;
  const unwanted = op.inputs.filter((input) => !results.includes(`d${input}`));
  const needsForward =
    results.length > op.inputs.length - unwanted.length ||
    op.tensors.some((name) => name !== "workspace") ||
    op.outputs.some((name) => op.saves.includes(name));
  if (needsForward) return resultsOf(one, fixture, machine, { unwanted });
  fixture.prepare(machine, Number.NaN, fixture.contents, [...op.outputs, ...results]);
  fixture.run(machine, "backward", { unwanted });
  return fixture.read(machine, {}, results);
}

/** Largest error of a number relative to itself. */
function largestError(actual: ArrayLike<number>, truth: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    const error = actual[i] === truth[i] ? 0 : Math.abs(actual[i] - truth[i]) / Math.abs(truth[i]);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

/** Operations that have always summed in float64, with their own examples, made long. */
const inFloat64 = await (async () => {
  const form =
    /Loss|Error|[cC]rossentropy|[hH]inge|huber|poisson|logCosh|Divergence|cosine|Cosines|Residuals|^reduce|[sS]oftmax|penalty|clipByNorm/;
  const collected = (await collectExamples()).filter(({ op }) => form.test(op.name));
  return collected.map(({ op, sizes, tolerance }) => ({
    name: op.name,
    fixtures: [sizes(1_009)].flat().map((example) => new Fixture(op, example)),
    limit: Math.max(1e-6, tolerance),
  }));
})();

/** So many numbers of one field are a sum, no longer an interpolation or a small window. */
const MANY = 6;
/** So many numbers of a field are changed, one after the other: several rows of the fields of an example of size 5. */
const CHANGES = 32;

/** Results of an operation that depend on `MANY` numbers of one of its fields. */
function findSums({ op, sizes }: Examples): string[] {
  const gradients = op.inputs.map((name) => `d${name}`);
  const allResults = (fixture: Fixture, machine: Machine) => {
    const { forward, backward } = fixture.runBoth(machine);
    const names = fixture.regions.map(({ name }) => name).filter((name) => fixture.contents[name]);
    return Object.fromEntries(names.map((name) => [name, (gradients.includes(name) ? backward : forward)[name]]));
  };
  const found = new Set<string>();
  for (const example of [sizes(5)].flat()) {
    if ([...gradients, ...op.outputs].every((name) => found.has(name))) break;
    const plain = new Fixture(op, example);
    const machine = new ReadableMachine(plain.bytes, Float64Array);
    const before = allResults(plain, machine);
    for (const { name, kind, count } of plain.regions) {
      if (kind !== "tensor" || gradients.includes(name) || op.outputs.includes(name)) continue;
      const changed: Record<string, number[]> = {};
      for (let k = 0; k < Math.min(count, CHANGES); k++) {
        const original = plain.contents[name];
        const fill = { ...example.fill, [name]: (_: number, i: number) => original[i] + (i === k ? 0.625 : 0) };
        const after = allResults(new Fixture(op, { ...example, fill }), machine);
        for (const result of Object.keys(before)) {
          if (result === name || found.has(result)) continue;
          changed[result] ??= Array.from(before[result], () => 0);
          const counts = changed[result];
          for (let i = 0; i < counts.length; i++) {
            if (!Object.is(after[result][i], before[result][i]) && ++counts[i] === MANY) found.add(result);
          }
        }
      }
    }
  }
  return [...found].sort();
}

const allExamples = await collectExamples();

/** Results that are sums of many numbers and stand in no case here, and why. */
const excused: Record<string, string> = {
  // Sums over keys, queries and numbers of a head, 256 at a time in float32: off by 3·10⁻⁷ for random numbers, by up to 3·10⁻⁶ where
  // all of 9,001 are the same. Open, as short products of `dense` are.
  attention: "dk dq dv scores statistics y",
  lstm: "c cells dc0 dh0 dz gates h hidden squashed y", // products of `units` numbers, as those of `dense`, from step to step
  simpleRnn: "dh0 dz gates h hidden y", // the same
  gru: "db dh0 du dx gates h hidden y", // the same; `du` as that of `lstm`, of terms of both signs
  batchNormalization: "dgamma dx variance y", // sums in float64, of both signs: tests/ops/ops.test.ts
  groupNormalization: "dx moments y", // the same
  maxAxis: "dx y", // which of the numbers are largest; nothing is added up
  minAxis: "dx y", // the same
  sortRows: "places y dx", // numbers in another order
  denseSigmoid: "db dw dx y", // the sums of `dense`, then a function that is 1 for large ones
  denseTanh: "db dw dx y", // the same
  binaryAccuracy: "sums", // whole numbers, counted in float64
  binaryConfusion: "sums", // the same
  classAccuracy: "sums", // the same
  confusionMatrix: "sums", // the same
  rankedScores: "sums", // the same
  thresholdHistogram: "sums", // the same
  topKAccuracy: "sums", // the same
};

/** Bits of results, to be compared: hundreds of thousands of numbers one by one would take longer than computing them. */
function hashes(results: Record<string, ArrayLike<number>>): string {
  return Object.entries(results)
    .map(([name, values]) => `${name} ${createHash("sha256").update(new Float64Array(values)).digest("hex")}`)
    .join();
}

/** Machines with room for the largest case, which all cases share. */
const largest = Math.max(
  ...cases.map(({ op, example }) => new Fixture(op, filled(example, Number)).bytes),
  ...inFloat64.flatMap(({ fixtures }) => fixtures.map(({ bytes }) => bytes)),
);
const wasm = new WasmMachine(strict, largest);
const float64 = new ReadableMachine(largest, Float64Array);
const float32 = new ReadableMachine(largest, Float32Array);

describe.each(Object.keys(contents))("long sums of %s", (name) => {
  it.each(cases)("$label", (one) => {
    const fixture = new Fixture(one.op, filled(one.example, contents[name]));
    const truth = readableResultsOf(one, fixture, float64);
    const fast = resultsOf(one, fixture, wasm);
    for (const result of one.results) {
      expect(largestError(fast[result], truth[result]), result).toBeLessThan(1e-6);
    }
    // Which sums in float64 add to is the same for all contents.
    if (name !== "random numbers") return;
    const slow = readableResultsOf(one, fixture, float32);
    for (const result of one.results) {
      expect(largestError(slow[result], truth[result]), `${result} of the js engine`).toBeLessThan(1e-6);
    }
  });
});

describe("right values of long sums", () => {
  it.each([112, 224, 512, 1024])("the mean of 0.1 over %i² is 0.1", (size) => {
    const example = filled(pooling(size, size, 1), () => 0.1);
    const fixture = new Fixture(registry.averagePooling2d, example);
    for (const machine of [new WasmMachine(strict, fixture.bytes), new ReadableMachine(fixture.bytes, Float32Array)]) {
      const { y } = fixture.runBoth(machine).forward;
      expect(Array.from(y, (value) => Math.abs(value - 0.1) < 5e-8)).toEqual([true, true]);
    }
  });

  it("the gradient of a bias over 64 images of 64 × 64 pixels, 0.025 each, is 6553.6, and of a weight that sees 0.5 half of it", () => {
    const sizes: ConvolutionExample = { batch: 64, image: [64, 64, 1], kernel: [1, 1], filters: 8 };
    const example = filled(convolutionExample(sizes, "x"), () => 0.5);
    const fixture = new Fixture(registry.conv2d, { ...example, fill: { ...example.fill, dy: () => 0.025 } });
    for (const machine of [new WasmMachine(strict, fixture.bytes), new ReadableMachine(fixture.bytes, Float32Array)]) {
      const { db, dw } = fixture.runBoth(machine).backward;
      for (let f = 0; f < 8; f++) {
        expect(Math.abs(db[f] - 6553.6)).toBeLessThan(0.0065);
        expect(Math.abs(dw[f] - 3276.8)).toBeLessThan(0.0033);
      }
    }
  });
});

describe("long sums in float64", () => {
  it("are those of losses, metrics, normalized exponentials and reductions", () => {
    expect(inFloat64.length).toBeGreaterThan(25);
  });

  it.each(inFloat64)("$name", ({ fixtures, limit }) => {
    for (const fixture of fixtures) {
      const truth = fixture.runBoth(float64);
      const fast = fixture.runBoth(wasm);
      for (const direction of ["forward", "backward"] as const) {
        for (const [name, values] of Object.entries(truth[direction])) {
          expect(relativeError(fast[direction][name], values), `${direction} ${name}`).toBeLessThan(limit);
        }
      }
    }
  });
});

describe("a result that adds up many numbers has a case here, or a reason to have none", () => {
  const isInFloat64 = new Set(inFloat64.map(({ name }) => name));
  it.each(allExamples.filter(({ op }) => !isInFloat64.has(op.name)))("$op.name", (examples) => {
    const { name } = examples.op;
    const listed = cases.filter(({ op }) => op.name === name).flatMap(({ results }) => results);
    listed.push(...(excused[name]?.split(" ") ?? []));
    expect(findSums(examples).filter((result) => !listed.includes(result))).toEqual([]);
  });
});

it("long sums have the same bits on 2 and 3 threads", async () => {
  const fixtures = cases.map((one) => new Fixture(one.op, filled(one.example, contents["random numbers"])));
  const workspaces = cases.map(({ op, example }) => tensorBytes(op.workspace?.(example.counts ?? {}) ?? 0));
  const bytes = Math.max(...fixtures.map((fixture) => fixture.bytes));
  const machines = [2, 3].map((threads) => new ThreadsMachine(shared, bytes, threads, Math.max(...workspaces)));
  for (const { engine } of machines) await engine.prepare();
  const differing: string[] = [];
  for (const [i, fixture] of fixtures.entries()) {
    const alone = hashes(resultsOf(cases[i], fixture, wasm));
    for (const machine of machines) {
      const shared = hashes(resultsOf(cases[i], fixture, machine));
      if (shared !== alone) differing.push(`${cases[i].label} on ${machine.engine.threads} threads`);
    }
  }
  for (const { engine } of machines) engine.dispose();
  expect(differing).toEqual([]);
});
