import type { Value } from "../../../../graph/graph";
import type { OpenOperation } from "../../openGraph";
import type { OnnxGraph } from "../onnxGraph";

/** Adds the nodes for an operation, and says what its results are called. */
export type OperationWriter = (operation: OpenOperation, graph: OnnxGraph) => void;

/** Writers by the names of operations. */
export type Writers = Readonly<Record<string, OperationWriter>>;

/** Adds the node of a function of each number, in the layout in which they are at hand. */
export function elementwise(
  graph: OnnxGraph,
  inputs: readonly Value[],
  result: Value,
  write: (names: readonly string[]) => string,
): void {
  const layout = graph.layoutOf(inputs);
  const names = inputs.map((value) => graph.get(value, layout));
  graph.define(result, write(names), layout);
}
