import { describeSize } from "../graph/dimension";
import type { Node } from "../graph/node";
import type { LayerTrace } from "../graph/traced";

/** Numbers that JSON lacks by their names. */
function describeOption(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(describeOption);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** A node of an operation as a file has it: its name, its options, and the numbers of its inputs. */
export function describeOperation({ operation, inputs }: Node, numbers: ReadonlyMap<Node, number>): object {
  const { name, options } = operation!;
  const described = Object.entries(options).map(([key, value]) => [key, describeOption(value)]);
  return { op: name, options: Object.fromEntries(described), inputs: inputs.map((from) => numbers.get(from)!) };
}

/** A trace as a file has it: arguments first, then nodes, numbered through. Of most layers, without the last three members. */
export function describeTrace({ inputs, nodes, outputs, training, states, lossCount }: LayerTrace): object {
  const numbers = new Map([...inputs, ...nodes].map((node, i) => [node, i]));
  return {
    inputs: inputs.map(({ name, dimensions, dtype }) => ({ name, dimensions: dimensions.map(describeSize), dtype })),
    nodes: nodes.map((node) => describeOperation(node, numbers)),
    outputs: outputs.map((node) => numbers.get(node)!),
    ...(training === undefined ? {} : { training }),
    ...(states?.length ? { states } : {}),
    ...(lossCount ? { losses: lossCount } : {}),
  };
}
