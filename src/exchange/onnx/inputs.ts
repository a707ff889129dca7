import { ArgumentError } from "../../errors";
import { input, type Node } from "../../graph/node";
import { show } from "../../options";
import type { ImportContext } from "../importModel";
import { heldIn, upTo } from "./layout";
import type { GraphProto, PortProto } from "./proto";
import { meaningOf, typeName } from "./tensors";
import { Held } from "./values";

/** The inputs of a model and what they are in the graph. */
export interface ReadInputs {
  readonly nodes: readonly Node[];
  readonly values: ReadonlyMap<string, Held>;
  /** The number that the file has in place of the batch. */
  readonly batch: number | undefined;
}

type Sizes = readonly (number | string | undefined)[];

/** What was given for a name, which may be `__proto__`. */
const ownOf = <Value>(given: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined =>
  given && Object.hasOwn(given, name) ? given[name] : undefined;

/** Refuses what is said of inputs that are not there. */
function checkNames(names: readonly string[], { options: { shapes, batchAxis } }: ImportContext): void {
  const axes = typeof batchAxis === "object" && batchAxis !== null ? batchAxis : {};
  for (const [option, given] of Object.entries({ shapes: shapes ?? {}, batchAxis: axes })) {
    const unknown = Object.keys(given).find((name) => !names.includes(name));
    if (unknown === undefined) continue;
    throw new ArgumentError(
      `importModel: ${option} has ${show(unknown)}, which is no input of the model. Its inputs are ${names.join(", ")}.`,
    );
  }
}

/** Which axis of an input is the batch: that of the option, else one named like a batch, else the first. */
function batchAxisOf(port: PortProto, sizes: Sizes, { options, report }: ImportContext): number | null {
  const given = options.batchAxis;
  const own = typeof given === "object" && given !== null ? ownOf(given, port.name) : given;
  if (own !== undefined) return own;
  const isOfBatch = (size: unknown) =>
    typeof size === "string" && /^(n|b|bs|batch(_?size)?|batch_?dim|unk__\d+)$/i.test(size);
  const named = sizes.findIndex(isOfBatch);
  if (named > 0 && typeof sizes[0] === "number") {
    report.convert(
      `Axis ${named} of the input ${port.name} is its batch, ${show(sizes[named])}: here it is the first.`,
    );
    return named;
  }
  return 0;
}

/** The sizes of an input, without those the caller says otherwise. */
function sizesOf(port: PortProto, { options, problems }: ImportContext): Sizes | undefined {
  if (port.sizes) return port.sizes;
  const given = ownOf(options.shapes, port.name);
  if (given) return [undefined, ...given.map((size) => size ?? undefined)];
  problems.add(
    "input",
    port.name,
    "the file does not say its sizes. Give them: shapes: { name: [sizes without the batch] }",
  );
  return undefined;
}

/** One input: its node, and its axes in the file. */
function readInput(
  port: PortProto,
  context: ImportContext,
): { node: Node; held: Held; batch: number | undefined } | undefined {
  const { problems, options, report } = context;
  const meaning = meaningOf(port.type);
  if (!meaning) {
    problems.add("input", port.name, `is of ${typeName(port.type)}`);
    return undefined;
  }
  const sizes = sizesOf(port, context);
  if (!sizes) return undefined;
  const axis = batchAxisOf(port, sizes, context);
  if (axis !== null && (!Number.isInteger(axis) || axis < 0 || axis >= sizes.length)) {
    const reason = sizes.length === 0 ? "is one number, which has no batch" : `has no axis ${axis} for the batch`;
    problems.add("input", port.name, `${reason}. Cut it off: inputs, or set batchAxis`);
    return undefined;
  }
  const order = upTo(sizes.length).filter((one) => one !== axis);
  const isImage = options.channelsLast === true && axis === 0 && sizes.length >= 3 && sizes.length <= 4;
  const own = isImage ? [...order.slice(1), 1] : order;
  const given = ownOf(options.shapes, port.name);
  if (given && given.length !== order.length) {
    throw new ArgumentError(
      `importModel: shapes.${port.name} must have the ${order.length} sizes behind the batch, got ${show(given)}.`,
    );
  }
  const shape = own.map((one) => {
    const size = given ? given[order.indexOf(one)] : sizes[one];
    return typeof size === "number" ? size : null;
  });
  const isFree = shape.findIndex((size, i) => size === null && i > 0) >= 0;
  if (isFree || shape.some((size) => size !== null && size < 1)) {
    const shown = sizes.map((size) => (typeof size === "number" ? size : (size ?? "?"))).join(", ");
    problems.add(
      "input",
      port.name,
      `has free sizes: [${shown}]. Say them: shapes: { ${JSON.stringify(port.name)}: [sizes without the batch] }`,
    );
    return undefined;
  }
  const free = sizes.filter((size, i) => i !== axis && typeof size !== "number");
  if (free.length && given)
    report.convert(`Free sizes of the input ${port.name}, ${free.map(show).join(", ")}, are [${given}].`);
  if (free.length && !given) report.convert(`The size ${show(free[0])} of the input ${port.name} stays open.`);
  const node = input({ shape, name: port.name, dtype: meaning === "float" ? "float32" : "int32" });
  const held = heldOf(node, axis, own, meaning, sizes.length);
  const batch = axis === null ? undefined : sizes[axis];
  return { node, held, batch: typeof batch === "number" ? batch : undefined };
}

function heldOf(node: Node, axis: number | null, own: readonly number[], meaning: Held["meaning"], rank: number): Held {
  if (axis === null)
    return new Held(
      node,
      upTo(rank).map((one) => 1 + own.indexOf(one)),
      meaning,
    );
  return heldIn(node, [axis, ...own], meaning);
}

/** Makes the inputs of a model. What is wrong with them goes to the problems. */
export function readInputs(names: readonly string[], graph: GraphProto, context: ImportContext): ReadInputs {
  checkNames(names, context);
  const nodes: Node[] = [];
  const values = new Map<string, Held>();
  const ports = new Map([...graph.known, ...graph.outputs, ...graph.inputs].map((port) => [port.name, port]));
  const batches = new Set<number>();
  for (const name of names) {
    const read = readInput(ports.get(name) ?? { name, type: 1 }, context);
    if (!read) continue;
    nodes.push(read.node);
    values.set(name, read.held);
    if (read.batch !== undefined) batches.add(read.batch);
  }
  if (batches.size > 1) {
    const shown = [...batches].join(" and ");
    context.problems.add(
      "input",
      names.join(", "),
      `have first axes of ${shown}, which cannot both be the batch. Say which axis is: batchAxis`,
    );
  }
  const batch = Math.max(...batches);
  if (batches.size === 1)
    context.report.convert(`The file has a batch of ${batch} in its shapes: here it has any size.`);
  return { nodes, values, batch: batches.size ? batch : undefined };
}
