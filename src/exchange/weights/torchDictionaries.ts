import { ArgumentError, FormatError } from "../../errors";
import { quoted } from "../../formats/json";
import { PickleMarker, type PickleValue, TorchTensor } from "../../formats/pickle/values";

const MAXIMUM_DEPTH = 200;
const MAXIMUM_TENSORS = 100_000;
/** How often tensors may stand in the file that stand there already: some checkpoints have a dictionary twice. */
const MAXIMUM_REPEATS = 10_000;
/** Members of a value by their names, of those that have any. */
function membersOf(value: PickleValue): Iterable<readonly [PickleValue, PickleValue]> {
  if (value instanceof Map) return value;
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Set) return [...value].entries();
  return value instanceof PickleMarker ? value.parts.entries() : [];
}

/** Keys are texts or numbers where tensors stand. */
const nameOfKey = (key: PickleValue) => (key !== null && typeof key === "object" ? "?" : String(key));

export const isMap = (value: PickleValue | undefined): value is Map<PickleValue, PickleValue> => value instanceof Map;

/** `torch.optim.Optimizer.state_dict()`, or several of them. */
function isOptimizer(value: PickleValue): boolean {
  const isOne = (one: PickleValue) => isMap(one) && one.has("state") && one.has("param_groups");
  const members = Array.isArray(value) ? value : isMap(value) ? [...value.values()] : [];
  return isOne(value) || (members.length > 0 && members.every(isOne));
}

/** Which values have tensors anywhere within. A value that is part of itself is looked into once. */
export class Contents {
  readonly #holds = new Map<PickleValue, boolean>();

  constructor(readonly who: string) {}

  holdsTensors(value: PickleValue, depth = 0): boolean {
    if (value === null || typeof value !== "object") return false;
    if (value instanceof TorchTensor) return true;
    const known = this.#holds.get(value);
    if (known !== undefined) return known;
    if (depth > MAXIMUM_DEPTH)
      throw new FormatError(`${this.who}: the file is damaged or hostile: its values are nested too deep.`);
    this.#holds.set(value, false);
    let holds = false;
    for (const [, member] of membersOf(value)) if (this.holdsTensors(member, depth + 1)) holds = true;
    this.#holds.set(value, holds);
    return holds;
  }
}

/** How many values there are when each is counted wherever it stands: what goes through them one by one would have so many steps. */
export function countWalk(value: PickleValue, known = new Map<PickleValue, number>()): number {
  if (value === null || typeof value !== "object") return 1;
  const found = known.get(value);
  if (found !== undefined) return found;
  known.set(value, 1);
  let count = 1;
  for (const [, member] of membersOf(value)) count += countWalk(member, known);
  known.set(value, count);
  return count;
}

/** Names of the classes of all objects within. */
export function classesOf(value: PickleValue): Set<string> {
  const found = new Set<string>();
  const seen = new Set<PickleValue>([value]);
  // A set that grows while it is gone through: the values may be nested deeper than calls may be.
  for (const one of seen) {
    if (one === null || typeof one !== "object") continue;
    if (one instanceof PickleMarker) found.add(one.className);
    for (const [, member] of membersOf(one)) seen.add(member);
  }
  return found;
}

/** The error for objects that would have to be made. */
export function refuseObjects(value: PickleValue, where: string, who: string): FormatError {
  const classes = [...classesOf(value)];
  const shown = classes.slice(0, 20).join(", ") + (classes.length > 20 ? ` and ${classes.length - 20} more` : "");
  return new FormatError(
    `${who}: ${where} whole objects of Python (${shown}), which are programs and are not made here. In Python: torch.save(model.state_dict(), "weights.pt").`,
  );
}

/** Keeps tensors by their paths, in the order of the file. */
export class Collector {
  readonly found = new Map<string, TorchTensor>();
  readonly skipped: string[] = [];
  readonly #seen = new Set<TorchTensor>();
  /** What is being looked into. */
  readonly #open = new Set<PickleValue>();
  #repeats = 0;

  constructor(
    readonly contents: Contents,
    readonly who: string,
  ) {}

  collect(value: PickleValue, path: readonly string[]): void {
    if (value === null || typeof value !== "object") return;
    if (value instanceof TorchTensor) {
      this.#add(path.join("."), value);
      return;
    }
    if (value instanceof PickleMarker) {
      if (this.contents.holdsTensors(value)) throw refuseObjects(value, `${quoted(path.join("."))} holds`, this.who);
      this.skipped.push(`${path.join(".")}: an object of ${value.className}`);
      return;
    }
    if (!this.contents.holdsTensors(value)) return;
    if (this.#open.has(value)) throw this.#damaged(`${quoted(path.join("."))} is part of itself`);
    this.#open.add(value);
    for (const [key, member] of membersOf(value)) this.collect(member, [...path, nameOfKey(key)]);
    this.#open.delete(value);
  }

  #damaged(what: string): FormatError {
    return new FormatError(`${this.who}: the file is damaged or hostile: ${what}.`);
  }

  #add(name: string, tensor: TorchTensor): void {
    if (this.found.has(name)) throw this.#damaged(`${quoted(name)} stands there twice`);
    if (this.#seen.has(tensor) && ++this.#repeats > MAXIMUM_REPEATS) {
      throw this.#damaged("lists within lists repeat the same tensor without end");
    }
    this.#seen.add(tensor);
    if (this.found.size === MAXIMUM_TENSORS)
      throw new FormatError(`${this.who}: the file has more than ${MAXIMUM_TENSORS} tensors.`);
    this.found.set(name, tensor);
  }
}

/** The value at a path of keys, which may have dots of their own. */
export function valueAt(root: PickleValue, key: string): PickleValue | undefined {
  if (key === "") return root;
  if (!isMap(root)) return undefined;
  if (root.has(key)) return root.get(key);
  for (const name of root.keys()) {
    if (typeof name === "string" && key.startsWith(`${name}.`)) {
      const found = valueAt(root.get(name)!, key.slice(name.length + 1));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The dictionary of a checkpoint that is one of weights. */
export function chooseDictionary(root: PickleValue, collector: Collector): PickleValue {
  const { contents, who } = collector;
  if (!isMap(root) || [...root.values()].some((value) => value instanceof TorchTensor)) return root;
  const holding: [string, PickleValue][] = [];
  for (const [key, value] of root) {
    if (!contents.holdsTensors(value)) continue;
    if (isOptimizer(value)) collector.skipped.push(`${String(key)}: the state of an optimizer`);
    else holding.push([String(key), value]);
  }
  if (holding.length === 0) return root;
  if (holding.length === 1) return chooseDictionary(holding[0][1], collector);
  const names = holding.map(([key]) => quoted(key)).join(", ");
  throw new ArgumentError(
    `${who}: the file has several dictionaries of tensors: ${names}. Say which: { key: ${quoted(holding[0][0])} }, or { key: "" } for all.`,
  );
}
