import { type Graph, type Operation, storageOf, type Value } from "../graph/graph";
import { readsOf } from "../ops/op";

/** The operands of a formula, in order. */
function operandsOf({ op, values }: Operation): Value[] {
  return op.inputs.flatMap((name) => values[name] ?? []);
}

/** `inner` in the place of operand `place` of `outer`; undefined where both together are too much for one formula. */
function join(outer: Operation, place: number, inner: Operation): Operation | undefined {
  const operands: Value[] = [];
  const numberOf = (value: Value): number => {
    const known = operands.findIndex((operand) => storageOf(operand) === storageOf(value));
    return known >= 0 ? known : operands.push(value) - 1;
  };
  const innerNumbers = operandsOf(inner).map(numberOf);
  const outerNumbers = operandsOf(outer).map((value, i) => (i === place ? -1 : numberOf(value)));
  const numbers = { outer: outerNumbers, inner: innerNumbers };
  const formula = outer.formula!.insert(place, inner.formula!, operands.length, numbers);
  if (!formula) return undefined;
  const values: Record<string, Value> = { y: outer.values.y };
  operands.forEach((value, i) => {
    values[`x${i}`] = value;
  });
  return { ...outer, values, formula };
}

/**
 * Makes one formula of two where the second is all that reads the result of the first, so that it never goes to memory.
 */
export function fuseFormulas(graph: Graph, kept: ReadonlySet<Value>): void {
  const readers = new Map<Value, number>();
  for (const { op, values } of graph.operations) {
    const read = new Set(readsOf(op).flatMap((name) => (values[name] ? [storageOf(values[name])] : [])));
    for (const storage of read) readers.set(storage, (readers.get(storage) ?? 0) + 1);
  }
  const makers = new Map<Value, Operation>();
  const gone = new Set<Operation>();
  graph.operations = graph.operations.map((operation) => {
    if (!operation.formula) return operation;
    let current = operation;
    for (let place = 0; place < operandsOf(current).length; ) {
      const storage = storageOf(operandsOf(current)[place]);
      const maker = makers.get(storage);
      const joined = maker && !kept.has(storage) && readers.get(storage) === 1 && join(current, place, maker);
      if (joined && maker) {
        gone.add(maker);
        // Operands that both read are read once now.
        for (const value of operandsOf(maker)) {
          const own = storageOf(value);
          if (operandsOf(current).some((other) => storageOf(other) === own)) readers.set(own, readers.get(own)! - 1);
        }
        current = joined;
        place = 0;
      } else place++;
    }
    makers.set(storageOf(current.values.y), current);
    return current;
  });
  graph.operations = graph.operations.filter((operation) => !gone.has(operation));
}
