// Situations from public reports about other libraries (jax #347 #20601, tensorflow #2540 #2295 #35011, pytorch #52248,
// tinygrad #12409, tfjs #346 #6474 #7494, keras #5916), rebuilt; the right values follow from the definitions.
import { describe, expect, it } from "vitest";
import { input, layers, losses, model, type Node, ops, sequential } from "../../src/index";

/** dΣf/dx, and f, of rows of numbers. */
async function gradientOf(f: (x: Node) => Node, rows: readonly (readonly number[])[]) {
  const x = input({ shape: [rows[0].length] });
  const net = model({
    inputs: x,
    outputs: layers
      .lambda((node) => ops.expandDims(ops.sum(f(node), { axis: -1 }), 1))
      .apply(layers.dense({ units: rows[0].length, kernelInitializer: "identity", useBias: false }).apply(x)),
  });
  // The loss is the sum of what comes out.
  net.compile({ optimizer: "sgd", loss: losses.custom((_, p) => ops.sum(p, { axis: -1 }), { reduction: "sum" }) });
  const { inputs, output } = await net.gradients(
    rows,
    rows.map(() => [0]),
  );
  return { dx: Array.from(inputs[0].data), y: Array.from((output as { data: Float32Array }).data) };
}

describe("a branch that where did not choose passes no gradient, also where its slope is infinite or no number", () => {
  it.each<[string, (x: Node) => Node, number[], number[]]>([
    ["√x at 0", (x) => ops.where(ops.greater(x, 0.5), ops.sqrt(x), 1), [0, 4], [0, 0.25]],
    ["√x below 0", (x) => ops.where(ops.greater(x, 0), ops.sqrt(x), x), [-4, 4], [1, 0.25]],
    ["log x at 0", (x) => ops.where(ops.equal(x, 0), 0, ops.log(x)), [0, 2], [0, 0.5]],
    ["eˣ beyond the largest number", (x) => ops.where(ops.less(x, 10), ops.exp(x), 5), [1e10, 0], [0, 1]],
    ["1/x at 0", (x) => ops.where(ops.equal(x, 0), 0, ops.reciprocal(x)), [0, 2], [0, -0.25]],
    ["x · √x at 0", (x) => ops.where(ops.equal(x, 0), 0, ops.multiply(x, ops.sqrt(x))), [0, 4], [0, 3]],
    [
      "a quotient of two zeros",
      (x) => ops.where(ops.equal(x, 0), 1, ops.divide(ops.sin(x), x)),
      [0, Math.PI],
      [0, -1 / Math.PI],
    ],
  ])("%s", async (_, f, at, expected) => {
    const { dx } = await gradientOf(f, [at]);
    dx.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 5);
    });
  });
});

describe("powers", () => {
  it.each<[string, (x: Node) => Node, number[], number[]]>([
    ["x² at 0 and below", (x) => ops.power(x, 2), [0, -3], [0, -6]],
    ["x^2.4 at 0", (x) => ops.power(x, 2.4), [0, 1], [0, 2.4]],
    ["x⁴ by a node, below 0", (x) => ops.power(x, ops.constant([4, 4])), [-2, 2], [-32, 32]],
    ["0 to the power of x", (x) => ops.power(0, x), [2, 1], [0, 0]],
    ["a negative base to the power of x", (x) => ops.power(-2, x), [2, 3], [0, 0]],
    ["x⁰", (x) => ops.power(x, ops.constant([0, 0])), [0, 5], [0, 0]],
  ])("%s", async (_, f, at, expected) => {
    const { dx } = await gradientOf(f, [at]);
    dx.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 4);
    });
  });

  it("has gradients where shapes are broadcast: Σ over what was repeated", async () => {
    const { dx } = await gradientOf(
      (x) => ops.sum(ops.power(ops.expandDims(x, 2), ops.constant([[[1, 2, 3]]])), { axis: 2 }),
      [[2, 3]],
    );
    // 1 + 2x + 3x²
    expect(dx[0]).toBeCloseTo(17, 4);
    expect(dx[1]).toBeCloseTo(34, 4);
  });
});

describe("at the edges", () => {
  it("logSumExp of −∞ is −∞ or the others', and its gradient a softmax", async () => {
    const masked = (x: Node) =>
      ops.logSumExp(ops.where(ops.greater(x, 0), x, Number.NEGATIVE_INFINITY), { axis: -1, keepDims: true });
    const { dx, y } = await gradientOf(masked, [[-1, 2, 2]]);
    expect(y[0]).toBeCloseTo(2 + Math.LN2, 5);
    expect(dx).toEqual([0, expect.closeTo(0.5, 5), expect.closeTo(0.5, 5)]);
  });

  it("softmax and logSoftmax of large numbers are finite", async () => {
    const { y } = await gradientOf((x) => ops.add(ops.logSoftmax(x), ops.softmax(x)), [[1000, 0, -1000]]);
    expect(y[0]).toBeCloseTo(-3000 + 1, 2);
  });

  it("equal largest numbers share the gradient; the first of two equals gets all of it", async () => {
    expect((await gradientOf((x) => ops.max(x, { axis: -1, keepDims: true }), [[3, 1, 3, 3]])).dx).toEqual(
      [1, 0, 1, 1].map((k) => expect.closeTo(k / 3, 6)),
    );
    expect((await gradientOf((x) => ops.maximum(x, 3), [[3, 1, 5]])).dx).toEqual([1, 0, 1]);
    expect((await gradientOf((x) => ops.clip(x, -1, 1), [[-1, 1, 2, -3, 0]])).dx).toEqual([1, 1, 0, 0, 1]);
  });

  it("a product has the right gradient where one number or two are 0", async () => {
    expect((await gradientOf((x) => ops.prod(x, { axis: -1, keepDims: true }), [[0, 2, 3]])).dx).toEqual([6, 0, 0]);
    expect((await gradientOf((x) => ops.prod(x, { axis: -1, keepDims: true }), [[0, 2, 0]])).dx).toEqual([0, 0, 0]);
  });

  it("rows that are taken twice add up, from the end, too; beyond the end there is no silent other row", async () => {
    const taken = (ids: number[]) => (x: Node) => ops.take(x, ids, { axis: 1 });
    expect((await gradientOf(taken([0, 2, 0, -1, 0]), [[5, 6, 7]])).dx).toEqual([3, 0, 2]);
    expect((await gradientOf(taken([3]), [[5, 6, 7]])).y[0]).toBeNaN();
  });

  it("sorted numbers send gradients back to where they stood", async () => {
    const weighted = (x: Node) => ops.multiply(ops.sort(x), [1, 10, 100]);
    expect((await gradientOf(weighted, [[3, 1, 2]])).dx).toEqual([100, 1, 10]);
    const top = (x: Node) => ops.multiply(ops.topK(x, 2)[0], [1, 10]);
    expect((await gradientOf(top, [[3, 1, 2]])).dx).toEqual([1, 0, 10]);
  });

  it("a custom loss that is a lambda without a name is loaded without it", async () => {
    const net = sequential({ seed: 1, layers: [layers.dense({ units: 1, inputShape: [2] })] });
    net.compile({ optimizer: "sgd", loss: losses.custom((y, p) => ops.abs(ops.subtract(y, p))) });
    const { loadModel } = await import("../../src/index");
    const loaded = await loadModel(await net.toBytes());
    expect(await loaded.evaluate([[1, 2]], [[3]])).toEqual(await net.evaluate([[1, 2]], [[3]]));
  });
});
