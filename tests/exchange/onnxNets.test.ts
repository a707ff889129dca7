// Nets as exporters write them, made by hand: their outputs are computed here with plain loops.
import { describe, expect, it } from "vitest";
import { importModel } from "../../src/exchange/index";
import { Tensor } from "../../src/tensor/tensor";
import { type GraphParts, graph, node, number, onnx, part, port, tensor, text } from "./onnxBytes";

/** Numbers between −1 and 1, the same every time. */
const numbers = (count: number, seed = 1) =>
  Array.from({ length: count }, (_, i) => (((i * 7919 + 31 * seed) % 201) - 100) / 100);

async function outputOf(
  bytes: Uint8Array<ArrayBuffer>,
  x: Tensor,
): Promise<{ output: Tensor; kinds: string[]; conversions: readonly string[] }> {
  const { model, report } = await importModel(bytes);
  const output = (await model.predict(x as never)) as unknown as Tensor;
  const kinds = model.layers.map(({ kind }) => kind);
  model.dispose();
  return { output, kinds, conversions: report.conversions };
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  const largest = Math.max(...Array.from(want, Math.abs));
  for (let i = 0; i < want.length; i++) expect(Math.abs(got[i] - want[i]) / largest).toBeLessThan(1e-5);
}

/** Rows times a matrix, plus a row. */
function affine(x: readonly number[], w: readonly number[], b: readonly number[], depth: number): number[] {
  const columns = b.length;
  const rows = x.length / depth;
  return Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = b[column];
    for (let k = 0; k < depth; k++) sum += x[row * depth + k] * w[k * columns + column];
    return sum;
  });
}

describe("attention as PyTorch's nn.MultiheadAttention is exported", () => {
  const [T, E, H] = [3, 4, 2];
  const D = E / H;
  const weights = { wi: numbers(E * 3 * E, 2), bi: numbers(3 * E, 3), wo: numbers(E * E, 4), bo: numbers(E, 5) };

  /** With the batch of the export as a number everywhere, or by its name and computed shapes. */
  function net(B: number): Uint8Array<ArrayBuffer> {
    const shape = (name: string, ...sizes: number[]) => tensor(name, [sizes.length], sizes, 7);
    return onnx({
      nodes: [
        node("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }),
        node("MatMul", ["t", "wi"], ["m"]),
        node("Add", ["bi", "m"], ["p"]),
        node("Reshape", ["p", "s1"], ["r"]),
        node("Unsqueeze", ["r", "zero"], ["u"]),
        node("Transpose", ["u"], ["v"], { perm: [3, 1, 2, 0, 4] }),
        node("Squeeze", ["v", "three"], ["qkv"]),
        ...["q", "k", "w"].map((name, i) => node("Gather", ["qkv", `i${i}`], [name], { axis: 0 })),
        ...["q", "k", "w"].flatMap((name) => [
          node("Reshape", [name, "s2"], [`${name}r`]),
          node("Transpose", [`${name}r`], [`${name}t`], { perm: [1, 0, 2] }),
        ]),
        node("Mul", ["qt", "scale"], ["qs"]),
        node("Transpose", ["kt"], ["kk"], { perm: [0, 2, 1] }),
        node("MatMul", ["qs", "kk"], ["scores"]),
        node("Softmax", ["scores"], ["a"], { axis: -1 }),
        node("MatMul", ["a", "wt"], ["c"]),
        node("Transpose", ["c"], ["ct"], { perm: [1, 0, 2] }),
        node("Reshape", ["ct", "s3"], ["rows"]),
        node("Gemm", ["rows", "wo", "bo"], ["o"]),
        node("Reshape", ["o", "s4"], ["ot"]),
        node("Transpose", ["ot"], ["y"], { perm: [1, 0, 2] }),
      ],
      inputs: [port("x", [B, T, E])],
      outputs: [port("y", [B, T, E])],
      initializers: [
        tensor("wi", [E, 3 * E], weights.wi),
        tensor("bi", [3 * E], weights.bi),
        tensor("wo", [E, E], weights.wo),
        tensor("bo", [E], weights.bo),
        tensor("scale", [], [1 / Math.sqrt(D)]),
        shape("s1", T, B, 3, E),
        shape("s2", T, B * H, D),
        shape("s3", T * B, E),
        shape("s4", T, B, E),
        shape("zero", 0),
        shape("three", 3),
        ...[0, 1, 2].map((i) => tensor(`i${i}`, [], [i], 7)),
      ],
    });
  }

  /** The same with loops, of one sample. */
  function attend(x: readonly number[]): number[] {
    const all = affine(x, weights.wi, weights.bi, E);
    const at = (kind: number, t: number, h: number, d: number) => all[t * 3 * E + kind * E + h * D + d];
    const mixed = new Array<number>(T * E).fill(0);
    for (let h = 0; h < H; h++) {
      for (let t = 0; t < T; t++) {
        const scores = Array.from({ length: T }, (_, s) => {
          let sum = 0;
          for (let d = 0; d < D; d++) sum += at(0, t, h, d) * at(1, s, h, d);
          return Math.exp(sum / Math.sqrt(D));
        });
        const total = scores.reduce((a, b) => a + b, 0);
        for (let s = 0; s < T; s++) {
          for (let d = 0; d < D; d++) mixed[t * E + h * D + d] += (scores[s] / total) * at(2, s, h, d);
        }
      }
    }
    return affine(mixed, weights.wo, weights.bo, E);
  }

  for (const exported of [2, 1, 3, 4]) {
    it(`an export with ${exported} samples takes five`, async () => {
      const x = numbers(5 * T * E, 7);
      const { output } = await outputOf(net(exported), new Tensor(Float32Array.from(x), [5, T, E]));
      expectClose(output.data, Array.from({ length: 5 }, (_, i) => attend(x.slice(i * T * E, (i + 1) * T * E))).flat());
    });
  }
});

describe("patterns of nodes", () => {
  const one = (name: string, value: number) => tensor(name, [], [value]);
  const x = numbers(2 * 4, 9);
  const input = new Tensor(Float32Array.from(x), [2, 4]);
  const net = (parts: Omit<GraphParts, "inputs" | "outputs">, opset?: number) =>
    onnx({ ...parts, inputs: [port("x", ["batch", 4])], outputs: [port("y", ["batch", 4])] }, opset);

  it("SiLU and Mish become activations", async () => {
    const silu = await outputOf(net({ nodes: [node("Sigmoid", ["x"], ["s"]), node("Mul", ["s", "x"], ["y"])] }), input);
    expect(silu.kinds).toEqual(["activation"]);
    expectClose(
      silu.output.data,
      x.map((v) => v / (1 + Math.exp(-v))),
    );
    const mish = await outputOf(
      net({ nodes: [node("Softplus", ["x"], ["s"]), node("Tanh", ["s"], ["t"]), node("Mul", ["x", "t"], ["y"])] }),
      input,
    );
    expect(mish.kinds).toEqual(["activation"]);
    expectClose(
      mish.output.data,
      x.map((v) => v * Math.tanh(Math.log1p(Math.exp(v)))),
    );
  });

  const halves: Readonly<Record<string, number[][]>> = {
    "(x · s) · ½": [node("Mul", ["x", "s"], ["m"]), node("Mul", ["m", "half"], ["y"])],
    "½ · (s · x)": [node("Mul", ["s", "x"], ["m"]), node("Mul", ["half", "m"], ["y"])],
    "(s · ½) · x": [node("Mul", ["s", "half"], ["m"]), node("Mul", ["m", "x"], ["y"])],
    "(½ · x) · s": [node("Mul", ["x", "half"], ["m"]), node("Mul", ["m", "s"], ["y"])],
  };
  for (const [order, end] of Object.entries(halves)) {
    it(`GELU with a hyperbolic tangent, ending as ${order}`, async () => {
      const nodes = [
        node("Mul", ["x", "x"], ["xx"]),
        node("Mul", ["xx", "x"], ["xxx"]),
        node("Mul", ["small", "xxx"], ["a"]),
        node("Add", ["x", "a"], ["b"]),
        node("Mul", ["b", "root"], ["c"]),
        node("Tanh", ["c"], ["t"]),
        node("Add", ["one", "t"], ["s"]),
        ...end,
      ];
      const root = Math.sqrt(2 / Math.PI);
      const initializers = [one("small", 0.044715), one("root", root), one("one", 1), one("half", 0.5)];
      const { output, kinds } = await outputOf(net({ nodes, initializers }), input);
      expect(kinds).toEqual(["activation"]);
      expectClose(
        output.data,
        x.map((v) => 0.5 * v * (1 + Math.tanh(root * (v + 0.044715 * v ** 3)))),
      );
    });
  }

  it("what only looks like GELU stays what it is", async () => {
    const nodes = [
      node("Div", ["x", "two"], ["d"]),
      node("Erf", ["d"], ["e"]),
      node("Add", ["e", "one"], ["s"]),
      node("Mul", ["x", "s"], ["m"]),
      node("Mul", ["m", "half"], ["y"]),
    ];
    const { output } = await outputOf(
      net({ nodes, initializers: [one("two", 2), one("one", 1), one("half", 0.5)] }),
      new Tensor(Float32Array.of(1, 2, -1, 0), [1, 4]),
    );
    // erf(½) = 0.5204998778, erf(1) = 0.8427007929
    expectClose(output.data, [0.5 * 1.5204998778, 1.8427007929, -0.5 * (1 - 0.5204998778), 0]);
  });

  it("layer normalization of old exports becomes a layer", async () => {
    const nodes = [
      node("ReduceMean", ["x"], ["mean"], { axes: [-1], keepdims: 1 }),
      node("Sub", ["x", "mean"], ["c"]),
      node("Pow", ["c", "two"], ["p"]),
      node("ReduceMean", ["p"], ["v"], { axes: [-1], keepdims: 1 }),
      node("Add", ["v", "epsilon"], ["ve"]),
      node("Sqrt", ["ve"], ["r"]),
      node("Div", ["c", "r"], ["n"]),
      node("Mul", ["n", "norm.weight"], ["g"]),
      node("Add", ["g", "norm.bias"], ["y"]),
    ];
    const [gamma, beta] = [numbers(4, 2), numbers(4, 3)];
    const initializers = [
      one("two", 2),
      one("epsilon", 1e-5),
      tensor("norm.weight", [4], gamma),
      tensor("norm.bias", [4], beta),
    ];
    const { output, kinds } = await outputOf(net({ nodes, initializers }, 13), input);
    expect(kinds).toEqual(["layerNormalization"]);
    const want = [0, 1].flatMap((row) => {
      const own = x.slice(row * 4, row * 4 + 4);
      const mean = own.reduce((a, b) => a + b) / 4;
      const variance = own.reduce((a, b) => a + (b - mean) ** 2, 0) / 4;
      return own.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * gamma[i] + beta[i]);
    });
    expectClose(output.data, want);
  });

  it("functions of the file are taken apart, with their attributes", async () => {
    // double_leaky(a) = leakyRelu(a, slope) + a
    const reference = part(5, [...text(1, "alpha"), ...number(20, 1), ...text(21, "slope")]);
    const leaky = [...text(1, "a"), ...text(2, "b"), ...text(4, "LeakyRelu"), ...reference];
    const ownFunction = [
      ...text(1, "DoubleLeaky"),
      ...text(4, "a"),
      ...text(5, "c"),
      ...text(6, "slope"),
      ...part(7, leaky),
      ...part(7, node("Add", ["a", "b"], ["c"])),
      ...text(10, "own"),
    ];
    const call = [...node("DoubleLeaky", ["x"], ["m"], { slope: { float: 0.5 } }, "first"), ...text(7, "own")];
    const again = [...node("DoubleLeaky", ["m"], ["y"], { slope: { float: 0.25 } }, "second"), ...text(7, "own")];
    const bytes = Uint8Array.from([...net({ nodes: [call, again] }), ...part(25, ownFunction)]);
    const { output } = await outputOf(bytes, input);
    const once = (slope: number) => (v: number) => v + (v > 0 ? v : slope * v);
    expectClose(output.data, x.map(once(0.5)).map(once(0.25)));
  });

  it("of a condition that is known the branch is taken", async () => {
    const branch = (type: string, name: string) =>
      graph({ nodes: [node(type, ["x", "w"], [name])], inputs: [], outputs: [port(name, [1])] });
    const nodes = [
      node("Shape", ["x"], ["shape"]),
      node("Gather", ["shape", "last"], ["width"], { axis: 0 }),
      node("Equal", ["width", "four"], ["is"]),
      node("If", ["is"], ["y"], {
        then_branch: { graph: branch("Mul", "t") },
        else_branch: { graph: branch("Sub", "e") },
      }),
    ];
    const initializers = [tensor("last", [], [1], 7), tensor("four", [], [4], 7), tensor("w", [], [3])];
    const { output } = await outputOf(net({ nodes, initializers }), input);
    expectClose(
      output.data,
      x.map((v) => 3 * v),
    );
  });
});

describe("sequences", () => {
  const [T, N, I, U] = [4, 3, 2, 3];

  it("a bidirectional LSTM of PyTorch's old exporter: both halves of the last step", async () => {
    const weights = { w: numbers(2 * 4 * U * I, 2), r: numbers(2 * 4 * U * U, 3), b: numbers(2 * 8 * U, 4) };
    const bytes = onnx({
      nodes: [
        node("Transpose", ["x"], ["t"], { perm: [1, 0, 2] }),
        node("LSTM", ["t", "w", "r", "b", "", "h0", "c0"], ["s", "h", "c"], {
          hidden_size: U,
          direction: "bidirectional",
        }),
        node("Transpose", ["s"], ["st"], { perm: [0, 2, 1, 3] }),
        node("Reshape", ["st", "merge"], ["m"]),
        node("Transpose", ["m"], ["mt"], { perm: [1, 0, 2] }),
        node("Gather", ["mt", "last"], ["y"], { axis: 1 }),
      ],
      inputs: [port("x", [N, T, I])],
      outputs: [port("y", [N, 2 * U])],
      initializers: [
        tensor("w", [2, 4 * U, I], weights.w),
        tensor("r", [2, 4 * U, U], weights.r),
        tensor("b", [2, 8 * U], weights.b),
        tensor("h0", [2, N, U], new Array(2 * N * U).fill(0)),
        tensor("c0", [2, N, U], new Array(2 * N * U).fill(0)),
        tensor("merge", [3], [0, 0, -1], 7),
        tensor("last", [], [-1], 7),
      ],
    });
    const x = numbers(2 * T * I, 5);
    const { output } = await outputOf(bytes, new Tensor(Float32Array.from(x), [2, T, I]));
    const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
    const run = (sample: number, direction: number, steps: readonly number[]) => {
      let [h, c] = [new Array<number>(U).fill(0), new Array<number>(U).fill(0)];
      for (const t of steps) {
        const gate = (g: number, u: number) => {
          const row = g * U + u;
          let sum = weights.b[direction * 8 * U + row] + weights.b[direction * 8 * U + 4 * U + row];
          for (let i = 0; i < I; i++) sum += weights.w[(direction * 4 * U + row) * I + i] * x[(sample * T + t) * I + i];
          for (let k = 0; k < U; k++) sum += weights.r[(direction * 4 * U + row) * U + k] * h[k];
          return sum;
        };
        // Gates of ONNX: input, output, forget, cell.
        const next = Array.from({ length: U }, (_, u) => {
          const cell = sigmoid(gate(2, u)) * c[u] + sigmoid(gate(0, u)) * Math.tanh(gate(3, u));
          return [sigmoid(gate(1, u)) * Math.tanh(cell), cell];
        });
        h = next.map(([value]) => value);
        c = next.map(([, value]) => value);
      }
      return h;
    };
    // The backward half of the last step has seen that step only.
    expectClose(
      output.data,
      [0, 1].flatMap((sample) => [...run(sample, 0, [0, 1, 2, 3]), ...run(sample, 1, [3])]),
    );
  });

  it("a cell that the exporter has unrolled, with a first state of zeros for each sample of the export", async () => {
    const [wx, wh] = [numbers(I * U, 2), numbers(U * U, 3)];
    const steps = Array.from({ length: T }, (_, t) => [
      node("Gather", ["x", `t${t}`], [`x${t}`], { axis: 1 }),
      node("MatMul", [`x${t}`, "wx"], [`a${t}`]),
      node("MatMul", [t ? `h${t - 1}` : "zeros", "wh"], [`b${t}`]),
      node("Add", [`a${t}`, `b${t}`], [`c${t}`]),
      node("Tanh", [`c${t}`], [`h${t}`]),
      node("Unsqueeze", [`h${t}`, "axis"], [`u${t}`]),
    ]).flat();
    const bytes = onnx({
      nodes: [
        ...steps,
        node(
          "Concat",
          Array.from({ length: T }, (_, t) => `u${t}`),
          ["y"],
          { axis: 1 },
        ),
      ],
      inputs: [port("x", [N, T, I])],
      outputs: [port("y", [N, T, U])],
      initializers: [
        tensor("wx", [I, U], wx),
        tensor("wh", [U, U], wh),
        tensor("zeros", [N, U], new Array(N * U).fill(0)),
        tensor("axis", [1], [1], 7),
        ...Array.from({ length: T }, (_, t) => tensor(`t${t}`, [], [t], 7)),
      ],
    });
    const x = numbers(T * I, 5);
    const { output, kinds } = await outputOf(bytes, new Tensor(Float32Array.from(x), [1, T, I]));
    let h = new Array<number>(U).fill(0);
    const want = Array.from({ length: T }, (_, t) => {
      const zeros = new Array<number>(U).fill(0);
      const [a, b] = [affine(x.slice(t * I, t * I + I), wx, zeros, I), affine(h, wh, zeros, U)];
      h = a.map((v, u) => Math.tanh(v + b[u]));
      return h;
    }).flat();
    expectClose(output.data, want);
    // One layer for each kernel, whatever the number of steps.
    expect(kinds.filter((kind) => kind === "dense").length).toBe(2);
  });
});

it("pixels from channels, as super-resolution nets have them, with a batch of 1 in every shape", async () => {
  const [r, H, W] = [2, 2, 3];
  const bytes = onnx({
    nodes: [
      node("Conv", ["x", "k"], ["c"], { kernel_shape: [1, 1] }),
      node("Reshape", ["c", "apart"], ["a"]),
      node("Transpose", ["a"], ["t"], { perm: [0, 1, 4, 2, 5, 3] }),
      node("Reshape", ["t", "joined"], ["y"]),
    ],
    inputs: [port("x", [1, 1, H, W])],
    outputs: [port("y", [1, 1, r * H, r * W])],
    initializers: [
      tensor("k", [r * r, 1, 1, 1], [1, 10, 100, 1000]),
      tensor("apart", [6], [1, 1, r, r, H, W], 7),
      tensor("joined", [4], [1, 1, r * H, r * W], 7),
    ],
  });
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3];
  const { output } = await outputOf(bytes, new Tensor(Float32Array.from(x), [2, 1, H, W]));
  const factors = [1, 10, 100, 1000];
  const want = [0, 1].flatMap((sample) =>
    Array.from({ length: r * H * r * W }, (_, at) => {
      const [row, column] = [Math.floor(at / (r * W)), at % (r * W)];
      const pixel = x[sample * H * W + Math.floor(row / r) * W + Math.floor(column / r)];
      return pixel * factors[(row % r) * r + (column % r)];
    }),
  );
  expect(output.shape).toEqual([2, 1, r * H, r * W]);
  expectClose(output.data, want);
});
