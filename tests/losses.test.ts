import { describe, expect, it } from "vitest";
import { type Tensor, tensor } from "../src/tensor/tensor";
import { ArgumentError, DataError, ShapeError } from "../src/errors";
import { compileModule } from "../src/engine/module/modules";
import { reduceLoss } from "../src/ops/losses/reduceLoss";
import type { Example, Op } from "../src/ops/op";
import { checkTargets, type Loss, losses, resolveLoss } from "../src/losses/losses";
import { Fixture, type Machine, ReadableMachine, relativeError, WasmMachine } from "./ops/harness";

const module = await compileModule();

type Matrix = readonly (readonly number[])[];

/** The machines every loss runs on, each with the largest error its numbers may have. */
const machines: [name: string, tolerance: number, make: (bytes: number) => Machine][] = [
  ["wasm", 1e-6, (bytes) => new WasmMachine(module, bytes)],
  ["readable float64", 1e-11, (bytes) => new ReadableMachine(bytes, Float64Array)],
];

const contentsOf = (values: ArrayLike<number>) => (_: number, index: number) => values[index];

/** Runs an operation both ways on numbers that are exact in float32; `dy` is 1 unless given. */
function run(op: Op, machine: (bytes: number) => Machine, example: Example) {
  const fixture = new Fixture(op, { ...example, fill: { dy: () => 1, ...example.fill } });
  const { forward, backward } = fixture.runBoth(machine(fixture.bytes));
  return { y: Array.from(forward.y ?? []), dx: Array.from(backward.dx), total: forward.loss?.[0] };
}

function runLoss(
  loss: Pick<Loss, "op" | "numbers">,
  machine: (bytes: number) => Machine,
  x: Matrix,
  target: Matrix | readonly number[],
  dy?: readonly number[],
) {
  const [rows, columns] = [x.length, x[0].length];
  const flat = target.flat();
  const example: Example = {
    shapes: { x: [rows, columns], target: [flat.length], y: [rows] },
    counts: { rows, columns },
    numbers: loss.numbers,
    fill: { x: contentsOf(x.flat()), target: contentsOf(flat), ...(dy && { dy: contentsOf(dy) }) },
  };
  return run(loss.op!, machine, example);
}

// Predictions and targets, exact in float32.
const X = [
  [0.5, -1.25, 2],
  [0.0625, 3, -0.75],
];
const Y = [
  [1, 0.25, -0.5],
  [0.0625, -1, 2.5],
];
const POSITIVE = [
  [0.5, 1.25, 2],
  [0.0625, 3, 0.75],
];
const POSITIVE_Y = [
  [1, 0.25, 0.5],
  [0.125, 4, 2.5],
];
const PROBABILITIES = [
  [0.25, 0.625, 0.125],
  [0.0625, 0.5, 0.75],
];
const COUNTS = [
  [1, 0, 3],
  [2, 5, 0],
];
const BINARY = [
  [1, 0, 1],
  [0, 0, 1],
];
const SIGNS = [
  [1, -1, 1],
  [-1, -1, 1],
];
const LABELS = [1, 2];
const ONE_HOT = [
  [0, 1, 0],
  [0, 0, 1],
];
const SOFT = [
  [0.25, 0.5, 0.25],
  [0, 0.125, 0.875],
];
const DISTRIBUTION = [
  [0.25, 0.5, 0.25],
  [0.0625, 0.125, 0.875],
];
const DY = [1, -2];

/**
 * Values and, for DY, gradients by torch.nn.functional and its automatic differentiation in float64: mse_loss, l1_loss,
 * huber_loss, binary_cross_entropy (with and without logits), nll_loss, cross_entropy, kl_div, poisson_nll_loss and
 * cosine_similarity; the others written out with its elementary functions.
 */
// biome-ignore format: a table
const published: [loss: Loss, x: Matrix, target: Matrix | number[], y: number[], dx: number[]][] = [
  [losses.meanSquaredError(), X, Y, [2.916666666667, 8.854166666667], [-0.3333333333333, -1.0, 1.666666666667, -0.0, -5.333333333333, 4.333333333333]],
  [losses.meanAbsoluteError(), X, Y, [1.5, 2.416666666667], [-0.3333333333333, -0.3333333333333, 0.3333333333333, -0.0, -0.6666666666667, 0.6666666666667]],
  [losses.meanAbsolutePercentageError(), X, POSITIVE_Y, [316.6666666667, 68.33333333333], [-33.33333333333, -133.3333333333, 66.66666666667, 533.3333333333, 16.66666666667, 26.66666666667]],
  [losses.meanSquaredLogarithmicError(), POSITIVE, POSITIVE_Y, [0.302902384055, 0.177837714228], [-0.1278586988675, 0.1741590118229, 0.1540327067911, 0.07172820560307, 0.0743811837714, 0.5281121375695]],
  [losses.huber(), X, Y, [1.041666666667, 2.083333333333], [-0.1666666666667, -0.3333333333333, 0.3333333333333, -0.0, -0.6666666666667, 0.6666666666667]],
  [losses.huber({delta: 2.5}), X, Y, [1.458333333333, 3.958333333333], [-0.1666666666667, -0.5, 0.8333333333333, -0.0, -1.666666666667, 1.666666666667]],
  [losses.logCosh(), X, Y, [0.9297076153004, 1.955181118471], [-0.15403905242, -0.3017160845483, 0.3288714327171, -0.0, -0.6662195331594, 0.6646650903244]],
  [losses.binaryCrossentropy(), PROBABILITIES, BINARY, [1.48218838527, 0.3484559247164], [-1.333333333333, 0.8888888888889, -2.666666666667, -0.7111111111111, -1.333333333333, 0.8888888888889]],
  [losses.binaryCrossentropy({labelSmoothing: 0.25}), PROBABILITIES, BINARY, [1.334048882708, 0.5070668617902], [-1.111111111111, 0.7111111111111, -2.285714285714, 0.7111111111111, -1.0, 0.4444444444444]],
  [losses.binaryCrossentropy({fromLogits: true}), X, BINARY, [0.2843113588562, 1.636781246682], [-0.1258468895994, 0.07423337960844, -0.03973430734071, -0.343746610482, -0.6350494178816, 0.4527857994503]],
  [losses.binaryCrossentropy({fromLogits: true, labelSmoothing: 0.25}), X, BINARY, [0.4405613588562, 1.477927080015], [-0.08418022293272, 0.03256671294177, 0.001932359325961, -0.2604132771487, -0.5517160845483, 0.3694524661169]],
  [losses.categoricalCrossentropy(), PROBABILITIES, ONE_HOT, [0.4700036292457, 0.5596157879354], [1.0, -0.6, 1.0, -1.52380952381, -1.52380952381, 1.142857142857]],
  [losses.categoricalCrossentropy({labelSmoothing: 0.25}), PROBABILITIES, SOFT, [1.154055137079, 0.8384924549786], [-0.08333333333333, 0.2666666666667, -1.166666666667, 1.142857142857, -0.8154761904762, 0.4484126984127]],
  [losses.categoricalCrossentropy({fromLogits: true}), X, SOFT, [2.232621983102, 3.354979718866], [-0.07317981789256, -0.4692732596736, 0.5424530775661, -0.09846220221508, -1.607845460407, 1.706307662622]],
  [losses.categoricalCrossentropy({fromLogits: true, labelSmoothing: 0.25}), X, ONE_HOT, [3.065955316435, 3.443521385532], [0.09348684877411, -0.8026065930069, 0.7091197442328, 0.06820446445159, -1.691178793741, 1.622974329289]],
  [losses.sparseCategoricalCrossentropy(), PROBABILITIES, LABELS, [0.4700036292457, 0.5596157879354], [1.0, -0.6, 1.0, -1.52380952381, -1.52380952381, 1.142857142857]],
  [losses.sparseCategoricalCrossentropy({labelSmoothing: 0.25}), PROBABILITIES, LABELS, [0.6804810162714, 0.8004801010934], [0.6666666666667, -0.3333333333333, 0.3333333333333, 1.142857142857, -1.190476190476, 0.6984126984127]],
  [losses.sparseCategoricalCrossentropy({fromLogits: true}), X, LABELS, [3.482621983102, 3.823729718866], [0.1768201821074, -0.9692732596736, 0.7924530775661, -0.09846220221508, -1.857845460407, 1.956307662622]],
  [losses.sparseCategoricalCrossentropy({fromLogits: true, labelSmoothing: 0.25}), X, LABELS, [3.065955316435, 3.443521385532], [0.09348684877411, -0.8026065930069, 0.7091197442328, 0.06820446445159, -1.691178793741, 1.622974329289]],
  [losses.kullbackLeiblerDivergence(), PROBABILITIES, DISTRIBUTION, [0.06171501948288, -0.03840495029114], [-1.0, -0.8, -2.0, 2.0, 0.5, 2.333333333333]],
  [losses.poisson(), POSITIVE, COUNTS, [0.78790176296, 1.288204211492], [-0.3333332, 0.3333333333333, -0.1666666416667, 20.66663253339, 0.4444444074074, -0.6666666666667]],
  [losses.hinge(), X, SIGNS, [0.1666666666667, 2.270833333333], [-0.3333333333333, 0.0, -0.0, -0.6666666666667, -0.6666666666667, 0.6666666666667]],
  [losses.squaredHinge(), X, SIGNS, [0.08333333333333, 6.73046875], [-0.3333333333333, 0.0, -0.0, -1.416666666667, -5.333333333333, 2.333333333333]],
  [losses.categoricalHinge(), X, ONE_HOT, [4.25, 4.75], [0.0, -1.0, 1.0, 0.0, -2.0, 2.0]],
  [losses.cosineSimilarity(), X, Y, [0.2941658344309, 0.5847444507754], [-0.3873548456692, -0.02725109467019, 0.07980677724842, 0.02264606822224, 0.1266611261608, 0.5085316769949]],
];

describe.each(machines)("on %s", (_, tolerance, machine) => {
  it.each(published.map((row) => [row[0].name, JSON.stringify(row[0].options), ...row.slice(1), row[0]] as const))(
    "%s %s has the published values and gradients",
    (...[, , x, target, y, dx, loss]) => {
      const actual = runLoss(loss as Loss, machine, x as Matrix, target as Matrix, DY);
      expect(relativeError(actual.y, y as number[])).toBeLessThanOrEqual(tolerance);
      expect(relativeError(actual.dx, dx as number[])).toBeLessThanOrEqual(tolerance);
    },
  );

  it.each(published.map((row) => [row[0].name, JSON.stringify(row[0].options), ...row.slice(1), row[0]] as const))(
    "%s %s hides no NaN, neither in the loss nor in the gradient",
    (...[, , x, target, , , loss]) => {
      const broken = (x as Matrix).map((row, i) => (i === 1 ? [row[0], Number.NaN, row[2]] : row));
      const { y, dx } = runLoss(loss as Loss, machine, broken, target as Matrix, DY);
      expect(y.map(Number.isNaN)).toEqual([false, true]);
      expect(dx[4]).toBeNaN();
      expect(dx.slice(0, 3).some(Number.isNaN)).toBe(false);
    },
  );

  const close = (actual: number[], truth: number[]) => {
    expect(relativeError(actual, truth), `${actual} instead of ${truth}`).toBeLessThanOrEqual(tolerance);
  };

  it("cross-entropies of extreme logits are exact", () => {
    const { y, dx } = runLoss(
      losses.binaryCrossentropy({ fromLogits: true }),
      machine,
      [[1e4], [-1e4], [1e4], [-1e4], [104], [0]],
      [[0], [1], [1], [0], [0], [1]],
    );
    close(y, [1e4, 1e4, 0, 0, 104, Math.LN2]);
    close(dx, [1, -1, 0, 0, 1, -0.5]);

    const logits = [
      [1e4, -1e4, 0, 1],
      [1e4, 1e4, 0, 0],
    ];
    const dense = runLoss(losses.categoricalCrossentropy({ fromLogits: true }), machine, logits, [
      [0, 1, 0, 0],
      [1, 0, 0, 0],
    ]);
    const sparse = runLoss(losses.sparseCategoricalCrossentropy({ fromLogits: true }), machine, logits, [1, 0]);
    for (const actual of [dense, sparse]) {
      close(actual.y, [2e4, Math.LN2]);
      close(actual.dx, [1, -1, 0, 0, -0.5, 0.5, 0, 0]);
    }
  });

  it("a logit of −∞ costs nothing where nothing is expected, and everything where it is", () => {
    const logits = [
      [Number.NEGATIVE_INFINITY, 0, 0, 0, 0],
      [Number.NEGATIVE_INFINITY, 0, 0, 0, 0],
    ];
    const { y, dx } = runLoss(losses.sparseCategoricalCrossentropy({ fromLogits: true }), machine, logits, [1, 0]);
    close(y, [Math.log(4), Number.POSITIVE_INFINITY]);
    close(dx, [0, -0.75, 0.25, 0.25, 0.25, -1, 0.25, 0.25, 0.25, 0.25]);
  });

  it("probabilities that are certain cost what 1e-7 costs, and have no gradient", () => {
    const certain = [[0, 1, 1]];
    const binary = runLoss(losses.binaryCrossentropy(), machine, certain, [[1, 0, 0]]);
    close(binary.y, [-Math.log(1e-7)]);
    close(binary.dx, [0, 0, 0]);
    const categorical = runLoss(losses.categoricalCrossentropy(), machine, [[0, 1, 0]], [[1, 0, 0]]);
    close(categorical.y, [-Math.log(1e-7)]);
    close(categorical.dx, [0, 0, 0]);
    const divergence = runLoss(losses.kullbackLeiblerDivergence(), machine, [[0, 2]], [[1, 1]]);
    close(divergence.y, [-Math.log(1e-7)]);
    close(divergence.dx, [0, 0]);
  });

  it("predictions below 0 count as 1e-7 in the squared logarithmic error, and have no gradient", () => {
    const { y, dx } = runLoss(losses.meanSquaredLogarithmicError(), machine, [[-3]], [[1]]);
    close(y, [(Math.LN2 - 1e-7) ** 2]);
    close(dx, [0]);
  });

  it("the percentage error of a target of 0 is relative to 1e-7", () => {
    close(runLoss(losses.meanAbsolutePercentageError(), machine, [[0.5, 1]], [[0, 1]]).y, [2.5e8]);
  });

  it("equal wrong columns share the gradient of the categorical hinge", () => {
    const { y, dx } = runLoss(losses.categoricalHinge(), machine, [[2, 2, 1, 2, 1]], [[0, 0, 1, 0, 0]]);
    close(y, [2]);
    close(dx, [1 / 3, 1 / 3, -1, 1 / 3, 0]);
    close(runLoss(losses.categoricalHinge(), machine, [[0, 3]], [[0, 1]]).dx, [0, 0]);
  });

  it("the cosine similarity of a zero vector is 0, of huge vectors finite", () => {
    const { y, dx } = runLoss(
      losses.cosineSimilarity(),
      machine,
      [
        [0, 0],
        [2 ** 100, 0],
      ],
      [
        [3, 4],
        [2 ** 100, 2 ** 100],
      ],
    );
    close(y, [0, -Math.SQRT1_2]);
    // ‖x‖ below 1e-7 counts as 1e-7.
    close(dx.slice(0, 2), [-0.6e7, -0.8e7]);
  });

  it("full label smoothing leaves nothing of the target", () => {
    const options = { labelSmoothing: 1 };
    close(runLoss(losses.binaryCrossentropy(options), machine, [[0.5]], [[1]]).dx, [0]);
    const uniform = [[0.25, 0.25, 0.25, 0.25]];
    close(runLoss(losses.sparseCategoricalCrossentropy(options), machine, uniform, [3]).y, [Math.log(4)]);
  });

  it("the two reductions give the numbers of Keras's documentation", () => {
    const predictions = [
      [0.05, 0.95, 0],
      [0.1, 0.8, 0.1],
    ];
    const { y } = runLoss(losses.sparseCategoricalCrossentropy(), machine, predictions, [1, 2]);
    const reduce = (scale: number, weight?: number[]) => {
      const shapes = { x: [2], ...(weight && { weight: [2] }) };
      const fill = { x: contentsOf(y), loss: () => 0, ...(weight && { weight: contentsOf(weight) }) };
      const counts = { rows: 2, rowsPerSample: 1, rowsPerWeight: 1 };
      return run(reduceLoss, machine, { shapes, sizes: { loss: 1 }, counts, numbers: { scale }, fill }).total;
    };
    expect(reduce(1 / 2)).toBeCloseTo(1.177, 3);
    expect(reduce(1 / 2, [0.3, 0.7])).toBeCloseTo(0.814, 3);
    expect(reduce(1)).toBeCloseTo(2.354, 3);
  });

  it("weights multiply the rows of their sample, and neither reduction divides by them", () => {
    const reduce = (scale: number, rowsPerWeight: number, weight?: number[]) => {
      const shapes = { x: [6], ...(weight && { weight: [weight.length] }) };
      const fill = {
        x: (_: number, i: number) => i + 1,
        loss: () => 0.5,
        ...(weight && { weight: contentsOf(weight) }),
      };
      return run(reduceLoss, machine, {
        shapes,
        sizes: { loss: 1 },
        counts: { rows: 6, rowsPerSample: rowsPerWeight, rowsPerWeight },
        numbers: { scale },
        fill,
      });
    };
    expect(reduce(1, 1)).toEqual({ y: [], dx: [1, 1, 1, 1, 1, 1], total: 21.5 });
    expect(reduce(0.25, 1)).toEqual({ y: [], dx: Array(6).fill(0.25), total: 0.5 + 21 / 4 });
    expect(reduce(0.5, 3, [2, 0])).toEqual({ y: [], dx: [1, 1, 1, 0, 0, 0], total: 0.5 + 6 });
    expect(reduce(1, 2, [1, 0.5, 4])).toEqual({ y: [], dx: [1, 1, 0.5, 0.5, 4, 4], total: 0.5 + 3 + 3.5 + 44 });
  });
});

describe("the factories", () => {
  it("exist for every loss, and give descriptors that JSON can bring back", () => {
    const { custom, ...named } = losses;
    expect(Object.keys(named)).toHaveLength(15);
    for (const [name, make] of Object.entries(named)) {
      const loss = make({ reduction: "sum" });
      expect(loss.name).toBe(name);
      expect(loss.reduction).toBe("sum");
      expect(Object.keys(loss.numbers)).toEqual(loss.op!.numbers);
      const saved = JSON.parse(JSON.stringify({ name: loss.name, options: loss.options }));
      expect(resolveLoss(saved, "loadModel")).toEqual(loss);
      expect(resolveLoss(loss, "compile")).toEqual(loss);
      expect(resolveLoss(name, "compile")).toEqual(make());
      expect(make().reduction).toBe("sumOverBatchSize");
    }
  });

  it("take their options", () => {
    expect(losses.huber().numbers).toEqual({ delta: 1 });
    expect(losses.huber({ delta: 2 })).toMatchObject({ numbers: { delta: 2 }, options: { delta: 2 } });
    for (const name of ["binaryCrossentropy", "categoricalCrossentropy", "sparseCategoricalCrossentropy"] as const) {
      const fused = name === "binaryCrossentropy" ? "sigmoid" : "softmax";
      const plain = losses[name]();
      const logits = losses[name]({ fromLogits: true, labelSmoothing: 0.1 });
      expect(plain.op!.name).toBe(name);
      expect(logits.op!.name).toBe(`${name}FromLogits`);
      expect([plain.activation, plain.fusesWith]).toEqual([fused, logits.op]);
      expect(logits.fusesWith).toBeUndefined();
      expect(logits.numbers).toEqual({ labelSmoothing: 0.1 });
      expect(plain.targets).toBe(name.startsWith("sparse") ? "sparse" : "same");
    }
  });

  it.each([
    [() => losses.huber({ delta: 0 }), "losses.huber: delta must be a finite number > 0, got 0."],
    [() => losses.huber({ delt: 1 } as object), 'losses.huber: unknown option "delt". Did you mean "delta"?'],
    [
      () => losses.meanSquaredError({ delta: 1 } as object),
      'losses.meanSquaredError: unknown option "delta". Known: reduction.',
    ],
    [
      () => losses.poisson({ reduction: "mean" as "sum" }),
      'losses.poisson: reduction cannot be "mean". Known: sumOverBatchSize, sum.',
    ],
    [
      () => losses.binaryCrossentropy({ labelSmoothing: 1.5 }),
      "losses.binaryCrossentropy: labelSmoothing must be a finite number ≥ 0 and ≤ 1, got 1.5.",
    ],
    [
      () => losses.categoricalCrossentropy({ fromLogits: 1 as unknown as boolean }),
      "losses.categoricalCrossentropy: fromLogits must be true or false, got 1.",
    ],
    [
      () => resolveLoss("meanSquareError", "compile"),
      'compile: loss cannot be "meanSquareError". Did you mean "meanSquaredError"?',
    ],
    [
      () => resolveLoss("mean_squared_error", "compile"),
      'compile: loss cannot be "mean_squared_error". Did you mean "meanSquaredError"?',
    ],
    [() => resolveLoss(losses.huber, "compile"), "compile: loss cannot be function huber. Call it: losses.huber()."],
    [() => resolveLoss(undefined, "compile"), "compile: loss must be a name or made by losses.…(), got undefined."],
  ])("refuse what they cannot use: %#", (attempt, message) => {
    expect(attempt).toThrow(ArgumentError);
    expect(attempt).toThrow(message);
  });

  it.each(["constructor", "__proto__", "toString"])("are not found by the name %s", (name) => {
    expect(() => resolveLoss(name, "compile")).toThrow(ArgumentError);
    expect(() => resolveLoss({ name, options: {} }, "loadModel")).toThrow(ArgumentError);
  });

  it.each([
    ["mse", "meanSquaredError"],
    ["MAE", "meanAbsoluteError"],
    ["mape", "meanAbsolutePercentageError"],
    ["msle", "meanSquaredLogarithmicError"],
    ["bce", "binaryCrossentropy"],
    ["kld", "kullbackLeiblerDivergence"],
  ])("are found by Keras's short name %s", (alias, name) => {
    expect(resolveLoss(alias, "compile").name).toBe(name);
  });
});

describe("checkTargets", () => {
  const sparse = losses.sparseCategoricalCrossentropy();
  const categorical = losses.categoricalCrossentropy();

  it.each([
    [losses.meanSquaredError(), tensor([[-1], [2]]), [1]],
    [losses.binaryCrossentropy(), tensor([[0, 0.5, 1]]), [3]],
    [
      categorical,
      tensor([
        [
          [0, 1],
          [0.5, 0.5],
        ],
      ]),
      [2, 2],
    ],
    [sparse, tensor([0, 2, 1]), [3]],
    [sparse, tensor([[0], [2]]), [3]],
    [sparse, tensor(new Uint8Array([9, 0]), [1, 2]), [2, 10]],
  ])("accepts targets that fit: %#", (loss, targets, outputShape) => {
    expect(() => checkTargets(loss, targets, outputShape, "fit")).not.toThrow();
  });

  it.each([
    [sparse, tensor([0, 1, 2, 3, 4, 5, 6, 12]), [10], "fit: target 12 at sample 7 is not a class of 0…9."],
    [sparse, tensor([1, 10]), [10], "fit: target 10 at sample 1 is not a class of 0…9. Classes are counted from 0."],
    [sparse, tensor([-1]), [10], "fit: target -1 at sample 0 is not a class of 0…9."],
    [sparse, tensor([0, 1.5]), [10], "fit: target 1.5 at sample 1 is not a class of 0…9."],
    [sparse, tensor(new Float32Array([Number.NaN]), [1]), [3], "fit: target NaN at sample 0 is not a class of 0…2."],
    [
      sparse,
      tensor([
        [0, 1],
        [2, 7],
      ]),
      [2, 3],
      "fit: target 7 at sample 1, position [1] is not a class of 0…2.",
    ],
    [
      losses.binaryCrossentropy(),
      tensor([[0], [2]]),
      [1],
      "fit: target 2 at sample 1 must be within 0…1 for binaryCrossentropy. For class numbers use sparseCategoricalCrossentropy.",
    ],
    [
      categorical,
      tensor([[0, -1]]),
      [2],
      "fit: target -1 at sample 0, position [1] must be at least 0 for categoricalCrossentropy.",
    ],
    [losses.poisson(), tensor([[-2]]), [1], "fit: target -2 at sample 0 must be at least 0 for poisson."],
  ])("refuses values a loss cannot use: %#", (loss, targets, outputShape, message) => {
    const attempt = () => checkTargets(loss, targets, outputShape, "fit");
    expect(attempt).toThrow(DataError);
    expect(attempt).toThrow(message);
  });

  it.each([
    [
      losses.meanSquaredError(),
      tensor([1, 2, 3]),
      [1],
      "fit: meanSquaredError expects targets of shape [3, 1], got [3]. Reshape them: tensor(y.data, [3, 1]).",
    ],
    [losses.huber(), tensor([[1, 2]]), [3], "fit: huber expects targets of shape [1, 3], got [1, 2]."],
    [
      categorical,
      tensor([1, 2]),
      [10],
      "fit: categoricalCrossentropy expects targets of shape [2, 10], got [2]. For class numbers use sparseCategoricalCrossentropy.",
    ],
    [
      sparse,
      tensor([[0, 1]]),
      [2],
      "fit: sparseCategoricalCrossentropy expects targets of shape [1], got [1, 2]. For one-hot targets use categoricalCrossentropy.",
    ],
    [
      sparse,
      tensor([0, 0]),
      [1],
      "fit: sparseCategoricalCrossentropy needs an output of at least 2 classes, got [2, 1]. For one column use binaryCrossentropy with a sigmoid.",
    ],
  ])("refuses shapes that do not fit: %#", (loss, targets, outputShape, message) => {
    const attempt = () => checkTargets(loss, targets, outputShape, "fit");
    expect(attempt).toThrow(ShapeError);
    expect(attempt).toThrow(message);
  });

  it("hinge losses take −1 and 1, 0 and 1, and refuse a 0 beside anything but 1 (T3)", () => {
    for (const loss of [losses.hinge(), losses.squaredHinge()]) {
      const check = (targets: Tensor) => checkTargets(loss, targets, [1], "fit");
      for (const targets of [
        [[-1], [1]],
        [[0], [1]],
        [[0.5], [-2], [1]],
      ])
        expect(check(tensor(targets))).toBeUndefined();
      expect(check(tensor(new Uint8Array([0, 1, 1]), [3, 1]))).toBeUndefined();
      for (const other of [-1, 0.5, 2]) {
        expect(() => check(tensor([[1], [0], [other]]))).toThrow(
          `fit: targets of ${loss.name} are −1 and 1, or 0 and 1, got 0 at sample 1 and ${other} at sample 2.`,
        );
      }
    }
    expect(
      checkTargets(
        losses.categoricalHinge(),
        tensor([
          [0, 1],
          [1, -1],
        ]),
        [2],
        "fit",
      ),
    ).toBeUndefined();
  });
});
