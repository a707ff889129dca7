import { sizeOf } from "../../../../tensor/shape";
import { refuse } from "../../inexpressible";
import type { OpenOperation } from "../../openGraph";
import type { OnnxGraph } from "../onnxGraph";
import { elementwise, type Writers } from "./writer";

/** How many of the last axes have this many numbers together; undefined where none do. */
function lastAxes(shape: readonly number[], count: number): number | undefined {
  for (let axes = 1; axes < shape.length; axes++) if (sizeOf(shape.slice(-axes)) === count) return axes;
  return undefined;
}

/** Over the last axes of each position, with its mean taken away or not. */
function overLastAxes(operation: OpenOperation, graph: OnnxGraph): void {
  const { values, owner } = operation;
  const { x, gamma, beta, y } = values;
  const channels = operation.fixed((counts) => counts.channels);
  const axes = lastAxes(x.shape, channels);
  if (axes === undefined) refuse(owner, "normalizes numbers that are no last axes");
  const input = graph.last(x);
  const epsilon = operation.number("epsilon");
  const shape = x.shape.slice(-axes);
  const scale = () =>
    gamma
      ? graph.weight(gamma)
      : axes === 1
        ? graph.filled(1, channels)
        : graph.numbers(owner, shape, new Float32Array(channels).fill(1));
  if (operation.fixed((counts) => counts.centers)) {
    const inputs = [input, scale(), ...(beta ? [graph.weight(beta)] : [])];
    graph.define(y, graph.node(owner, "LayerNormalization", inputs, { axis: -axes, epsilon: { float: epsilon } }));
    return;
  }
  const squares = graph.node(owner, "Mul", [input, input]);
  const mean = graph.node(owner, "ReduceMean", [squares], {
    axes: Array.from({ length: axes }, (_, i) => i - axes),
    keepdims: 1,
  });
  const root = graph.node(owner, "Sqrt", [graph.node(owner, "Add", [mean, graph.scalar(epsilon)])]);
  const made = graph.node(owner, "Div", [input, root]);
  graph.define(y, gamma ? graph.node(owner, "Mul", [made, graph.weight(gamma)]) : made);
}

/** Groups of neighbouring channels over all positions of a sample: each is a channel of an instance normalization. */
function overGroups(operation: OpenOperation, graph: OnnxGraph): void {
  const { values, owner } = operation;
  const { x, gamma, beta, y } = values;
  const groups = operation.fixed((counts) => counts.groups);
  const channels = operation.fixed((counts) => counts.channels);
  const sizes = graph.open.sizesOf(x);
  const layout = x.shape.length > 2 ? "first" : "last";
  const own = layout === "last" ? sizes : [sizes[0], sizes[sizes.length - 1], ...sizes.slice(1, -1)];
  // One unknown size is left to ONNX: all numbers of a group.
  const inGroups = graph.node(owner, "Reshape", [graph.get(x, layout), graph.integers([0, groups, -1])]);
  const normalized = graph.node(
    owner,
    "InstanceNormalization",
    [inGroups, graph.filled(1, groups), graph.filled(0, groups)],
    {
      epsilon: { float: operation.number("epsilon") },
    },
  );
  let made = graph.reshape(owner, normalized, own);
  const alongside = [["reshape", [channels, ...new Array<number>(own.length - 2).fill(1)]] as const];
  if (gamma) made = graph.node(owner, "Mul", [made, graph.weight(gamma, alongside)]);
  if (beta) made = graph.node(owner, "Add", [made, graph.weight(beta, alongside)]);
  graph.define(y, made, layout);
}

export const normalizationWriters: Writers = {
  normalizeByMoments({ values, owner, ...operation }, graph) {
    const { x, gamma, beta, mean, variance, y } = values;
    const channels = operation.fixed((counts) => counts.channels);
    const layout = x.shape.length > 2 ? "first" : "last";
    const inputs = [
      graph.get(x, layout),
      gamma ? graph.weight(gamma) : graph.filled(1, channels),
      beta ? graph.weight(beta) : graph.filled(0, channels),
      graph.weight(mean),
      graph.weight(variance),
    ];
    const epsilon = { float: operation.number("epsilon") };
    graph.define(y, graph.node(owner, "BatchNormalization", inputs, { epsilon }), layout);
  },

  groupNormalization(operation, graph) {
    const { groups, isOfGroups } = {
      groups: operation.fixed((counts) => counts.groups),
      isOfGroups: operation.always(({ counts }) => counts.positions === 1),
    };
    if (groups === 1 && isOfGroups) overLastAxes(operation, graph);
    else overGroups(operation, graph);
  },

  rescaling({ values: { x, y }, owner, ...operation }, graph) {
    const [scale, offset] = [operation.number("scale"), operation.number("offset")];
    elementwise(graph, [x], y, ([name]) => {
      const scaled = graph.node(owner, "Mul", [name, graph.scalar(scale)]);
      return offset === 0 ? scaled : graph.node(owner, "Add", [scaled, graph.scalar(offset)]);
    });
  },
};
