import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";
import { keepsRange, type Range } from "../ops/range";

/** The operation that wrote a value, perhaps in another shape. */
export function producerOf(graph: Graph, value: Value): Operation | undefined {
  const storage = storageOf(value);
  return graph.operations.find(({ op, values }) => op.outputs.some((name) => values[name] === storage));
}

/** The activations among the inputs of an operation; weights and states have a place of their own. */
function activationsOf({ op, values }: Operation): Value[] {
  return op.inputs.flatMap((name) => (values[name] && !storageOf(values[name]).place ? [values[name]] : []));
}

/** Between which bounds the numbers of a value are, undefined where an operation on the way to it does not say so. */
export function rangeOf(graph: Graph, value: Value, known = new Map<Value, Range | undefined>()): Range | undefined {
  const storage = storageOf(value);
  if (known.has(storage)) return known.get(storage);
  const producer = producerOf(graph, storage);
  const found = producer && outputRange(graph, producer, known);
  known.set(storage, found);
  return found;
}

function outputRange(graph: Graph, producer: Operation, known: Map<Value, Range | undefined>): Range | undefined {
  const { range } = producer.op;
  if (typeof range !== "function") return range;
  const inputs = activationsOf(producer).map((input) => rangeOf(graph, input, known));
  return inputs.some((input) => !input) ? undefined : range(inputs as Range[], producer.numbers);
}

/** Whether all of a range are probabilities; a scaled sum of them may be off by a rounding. */
export function isWithinUnit([low, high]: Range): boolean {
  return low >= -1e-6 && high <= 1 + 1e-6;
}

/** The operation that gave a value its range: those that only move or choose numbers of one input are passed over. */
export function originOf(graph: Graph, value: Value): Operation | undefined {
  let producer = producerOf(graph, value);
  while (producer?.op.range === keepsRange) {
    const [only, another] = activationsOf(producer);
    const before = only && !another && producerOf(graph, only);
    if (!before) break;
    producer = before;
  }
  return producer;
}
