import type { Graph, Value } from "../../graph/graph";
import { castValue } from "../../graph/emitNodes";
import { takeRows } from "../../ops/takeRows";
import { sizeOf } from "../../tensor/shape";

/** The rows of a table [rows, width] that ids of any shape name: [… of the ids, width]. */
export function emitRows(graph: Graph, owner: string, table: Value, ids: Value): Value {
  const [rows, width] = table.shape;
  const counts = { rows, width, count: sizeOf(ids.shape) };
  const values = { x: table, ids: castValue(graph, ids, true) };
  return graph.emit(takeRows, owner, values, [...ids.shape, width], { counts });
}
