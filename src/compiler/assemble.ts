import type { Row } from "../program/program";
import { InternalError } from "../errors";
import { type Graph, type Operation, type Region, storageOf, type Value } from "../graph/graph";
import type { Differentiation } from "./differentiate";
import { gathers } from "./gathers";
import type { Feeds } from "./lower";
import type { Plan } from "./plan";

/** Byte address at which each region and the arena begin. Constants stand behind the rows of their program. */
export type Bases = Readonly<Record<Exclude<Region, "constants" | "past"> | "arena", number>> & {
  /** Of streams only. */
  readonly past?: number;
};

/** A graph that has been differentiated, and where in its constants the code of its formulas begins. */
export interface Written {
  readonly graph: Graph;
  readonly differentiation: Differentiation;
  readonly codes: ReadonlyMap<Operation, number>;
}

/**
 * Writes one row an operation: addresses from the plan, sizes and options as the layers gave them, and of the data type and
 * place as the feeds have them.
 */
export function assembleRows(
  { graph, differentiation, codes }: Written,
  plan: Plan,
  bases: Bases,
  feeds: Feeds,
): Row[] {
  return graph.operations.map((operation, position) => {
    if (operation.column) return assembleGather(operation, feeds, plan, bases);
    const modes = differentiation.operations.get(operation);
    const fields: Record<string, number> = { ...operation.counts, ...operation.numbers };
    for (const [name, value] of Object.entries(operation.values)) {
      const storage = storageOf(value);
      fields[name] = addressOf(storage, plan, bases);
      const mode = modes?.get(name);
      const isOutput = operation.op.outputs.includes(name);
      if (mode || (modes && isOutput)) fields[`d${name}`] = gradientAddressOf(storage, plan, bases);
      if (mode === "add") fields[`addD${name}`] = 1;
    }
    const workspace = plan.workspaces.get(position);
    if (workspace !== undefined) fields.workspace = bases.arena + workspace;
    const code = codes.get(operation);
    if (code !== undefined) fields.code = code;
    checkComplete(operation);
    const { op, owner } = operation;
    return { op, owner, runsBackward: modes !== undefined, fields, ...constantFieldsOf(operation) };
  });
}

function assembleGather(
  { op, column, owner, values, counts, numbers }: Operation,
  feeds: Feeds,
  plan: Plan,
  bases: Bases,
): Row {
  const { dtype, offset, size } = feeds[column!.side][column!.index]!;
  const addresses = { source: bases.data + offset, y: addressOf(storageOf(values.y), plan, bases) };
  const fields = { ...counts, ...addresses, size };
  if (values.y.isWhole) return { op, owner, runsBackward: false, fields };
  return { op: gathers[dtype], owner, runsBackward: false, fields: { ...fields, ...numbers } };
}

/** Writes one row an operation that changes state: what it reads has been kept to the end of the step. */
export function assembleUpdates(graph: Graph, plan: Plan, bases: Bases): Row[] {
  return graph.updates.map((operation) => {
    const { op, owner, values, counts, numbers, gradients = {} } = operation;
    const fields: Record<string, number> = { ...counts, ...numbers };
    for (const [name, value] of Object.entries(values)) fields[name] = addressOf(storageOf(value), plan, bases);
    for (const [name, value] of Object.entries(gradients))
      fields[name] = gradientAddressOf(storageOf(value), plan, bases);
    checkComplete(operation);
    return { op, owner, runsBackward: false, fields, ...constantFieldsOf(operation) };
  });
}

function constantFieldsOf({ values, formula }: Operation): Pick<Row, "constantFields"> {
  const names = Object.keys(values).filter((name) => storageOf(values[name]).place?.region === "constants");
  if (formula) names.push("code");
  return names.length ? { constantFields: names } : {};
}

/** Byte address of what owns its memory; of constants from where those of the program begin. */
export function addressOf({ id, place }: Value, plan: Plan, bases: Bases): number {
  if (!place) return bases.arena + plan.activations.get(id)!;
  return place.offset + (place.region === "constants" ? 0 : bases[place.region]!);
}

/** Gradients of weights stand in a vector of their own, in the order of the weights. 0 when there is none. */
function gradientAddressOf(storage: Value, plan: Plan, bases: Bases): number {
  if (storage.place) return bases.gradients + storage.place.offset;
  const offset = plan.gradients.get(storage.id);
  return offset === undefined ? 0 : bases.arena + offset;
}

/** A layer that forgets a field of its operation would compute with zeros. */
function checkComplete({ op, owner, counts, numbers }: Operation): void {
  for (const name of op.counts)
    if (!(name in counts)) throw new InternalError(`${owner}: ${op.name} lacks count ${name}`);
  for (const name of op.numbers)
    if (!(name in numbers)) throw new InternalError(`${owner}: ${op.name} lacks number ${name}`);
}
