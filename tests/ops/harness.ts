import { readdirSync } from "node:fs";
import { PROGRAM, PROGRAM_BYTES, ROW_BYTES, STEP_BYTES, BARRIER_BYTES, tensorBytes } from "../../src/program/layout";
import { MemoryLayout } from "../../src/program/memoryLayout";
import type { Engine } from "../../src/engine/engine";
import type { Row } from "../../src/program/program";
import { toIndices } from "../../src/engine/js";
import { ThreadsEngine } from "../../src/engine/workers/threads";
import { WasmEngine } from "../../src/engine/wasm";
import { deriveKey, uniform } from "../../src/numeric/random";
import type { Example, Examples, FieldKind, Memory, Op, Step } from "../../src/ops/op";
import { readable } from "../../src/ops/readable";

/** The sizes every operation is tried with: one, the tails around 4, 8 and 16, one whole block, a larger prime. */
const sizes = [1, 3, 5, 7, 13, 16, 17, 31];

/** The `examples` of every file under src/ops. */
export async function collectExamples(): Promise<Examples[]> {
  const folder = new URL("../../src/ops/", import.meta.url);
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith(".ts")).sort();
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  return modules.flatMap(({ examples = [] }: { examples?: Examples | Examples[] }) => examples);
}

/** Every example of an operation, with a label for messages. */
export function listCases({ op, sizes: make }: Examples): { label: string; example: Example }[] {
  return sizes.flatMap((n) =>
    [make(n)].flat().map((example) => ({ label: `${op.name} ${JSON.stringify(example.counts)}`, example })),
  );
}

/** The parts of `Memory` by the kind of field that points into them. */
const storage: Partial<Record<FieldKind, keyof Memory>> = {
  tensor: "heap",
  totals: "totals",
  integers: "integers",
  bytes: "bytes",
};

function elementBytes(kind: FieldKind): number {
  return kind === "bytes" ? 1 : kind === "totals" ? 8 : 4;
}

/** Where kernels run: the WebAssembly module, or the readable kernels over float32 or float64. */
export interface Machine {
  readonly memory: Memory;
  run(direction: "forward" | "backward", row: Row, step: Step): void;
}

/** The readable kernels over a heap of either precision, with a buffer of its own for each kind of data. */
export class ReadableMachine implements Machine {
  readonly memory: Memory;

  constructor(bytes: number, Heap: typeof Float32Array | typeof Float64Array) {
    this.memory = {
      heap: new Heap(bytes / 4),
      totals: new Float64Array(bytes / 8),
      integers: new Int32Array(bytes / 4),
      bytes: new Uint8Array(bytes),
    };
  }

  run(direction: "forward" | "backward", row: Row, step: Step): void {
    readable(row.op)[direction]?.(this.memory, toIndices(row), { ...step, order: step.order / 4 });
  }
}

/** Addresses below the fields of a fixture. The first 64 bytes belong to nobody: address 0 means "absent". */
const layout = new MemoryLayout(64);
const stepAddress = layout.place(STEP_BYTES);
const programAddress = layout.place(PROGRAM_BYTES + ROW_BYTES);
const learningRateAddress = layout.place(8);
/** The loss of a program, then that of the step. */
const lossAddress = layout.place(16);
const firstFieldAddress = layout.totalBytes;

/** Kernels of an engine, reached as in training: through a program of one row. */
class EngineMachine implements Machine {
  readonly memory: Memory;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.memory = engine.memory;
  }

  run(direction: "forward" | "backward", row: Row, step: Step): void {
    const backwardCount = direction === "backward" ? 1 : 0;
    const program = { forward: [row], backwardCount, updates: [], batchSize: 1, loss: lossAddress };
    const loaded = this.#engine.load(program, programAddress);
    // Without rows to walk up, the same program only walks down.
    this.memory.integers[(programAddress + PROGRAM.forwardCount) / 4] = 1 - backwardCount;
    this.memory.totals[learningRateAddress / 8] = step.learningRate;
    const { index, order } = step;
    const slice = {
      firstStep: index,
      stepCount: 1,
      order,
      learningRates: learningRateAddress,
      losses: lossAddress + 8,
    };
    this.#engine.run(loaded, slice);
  }
}

/** The SIMD kernels on one thread. */
export class WasmMachine extends EngineMachine {
  constructor(module: WebAssembly.Module, bytes: number) {
    super(new WasmEngine(module, bytes, stepAddress));
  }
}

/** The SIMD kernels on several threads, whose own memory stands behind `bytes`. */
export class ThreadsMachine extends EngineMachine {
  readonly engine: ThreadsEngine;

  constructor(module: WebAssembly.Module, bytes: number, threads: number, workspaceBytes: number) {
    const behind = new MemoryLayout(bytes);
    const step = behind.place(threads * STEP_BYTES);
    const barrier = behind.place(BARRIER_BYTES);
    const workspaces = behind.place(threads * workspaceBytes);
    const places = { step, barrier, workspaces, workspaceBytes };
    const engine = new ThreadsEngine(module, behind.totalBytes, threads, places);
    super(engine);
    this.engine = engine;
  }
}

/** How a row differs from the plain one, which stores every gradient and overwrites nothing. */
export interface Variant {
  /** Inputs whose gradient is added to what stands there. */
  readonly added?: readonly string[];
  /** Inputs whose gradient nobody wants. */
  readonly unwanted?: readonly string[];
  /** Fields that share the memory of another: `{ y: "x" }` writes y over x. */
  readonly over?: Readonly<Record<string, string>>;
}

type Values = Record<string, ArrayLike<number>>;

interface Region {
  readonly name: string;
  readonly kind: FieldKind;
  readonly address: number;
  readonly count: number;
}

/**
 * The fields of one example laid out in memory, each between guard bands:
 *
 *     nobody │ step, program, row, loss │ workspace │ guard │ order │ guard │ x │ padding │ guard │ dx │ …
 */
export class Fixture {
  readonly op: Op;
  readonly regions: readonly Region[];
  /** Bytes a machine needs. */
  readonly bytes: number;
  #contents?: Values;
  readonly #example: Example;
  readonly #fieldsAddress: number;
  readonly #orderAddress: number;
  readonly #workspace: number;

  constructor(op: Op, example: Example) {
    this.op = op;
    this.#example = example;
    this.#workspace = op.workspace ? firstFieldAddress : 0;
    const workspaceBytes = tensorBytes(op.workspace?.(example.counts ?? {}) ?? 0);
    this.#fieldsAddress = firstFieldAddress + workspaceBytes;
    const fields = new MemoryLayout(this.#fieldsAddress);
    const guard = () => fields.place(64);
    const place = (bytes: number) => {
      const start = fields.place(bytes);
      guard();
      return start;
    };
    guard();
    this.#orderAddress = place(4 * (example.step?.order?.length ?? 0));
    const regions: Region[] = [];
    for (const { name, kind } of op.fields) {
      const count = this.#elements(name, kind);
      if (count > 0) regions.push({ name, kind, count, address: place(count * elementBytes(kind)) });
    }
    this.regions = regions;
    this.bytes = fields.totalBytes;
  }

  /** What stands in every field before forward runs: exact in float32. Made for a field when it is first asked for. */
  get contents(): Values {
    this.#contents ??= Object.defineProperties({}, Object.fromEntries(this.regions.map(this.#lazyContent, this)));
    return this.#contents;
  }

  #lazyContent(region: Region, i: number): [name: string, PropertyDescriptor] {
    let values: ArrayLike<number> | undefined;
    return [region.name, { enumerable: true, get: () => (values ??= this.#fill(region, i)) }];
  }

  /** Whether a field has memory of its own. */
  #has(field: string): boolean {
    return this.regions.some(({ name }) => name === field);
  }

  /** Elements of a field; 0 for those that are absent or not in memory of their own. */
  #elements(name: string, kind: FieldKind): number {
    const { shapes, sizes = {} } = this.#example;
    if (kind !== "tensor") return storage[kind] ? (sizes[name] ?? 0) : 0;
    if (name === "workspace" && this.op.workspace) return 0;
    const { inputs, outputs } = this.op;
    const original = [...inputs, ...outputs].find((tensor) => name === `d${tensor}`) ?? name;
    return (shapes[original] ?? [0]).reduce((a, b) => a * b, 1);
  }

  #fill({ name, kind, count }: Region, region: number): Float32Array | Float64Array {
    const key = deriveKey(1, region, count);
    const plain = kind === "tensor" ? (u: number) => 2 * u - 1 : () => 0;
    const content = this.#example.fill?.[name] ?? plain;
    const values = kind === "tensor" ? new Float32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = content(uniform(key, i), i);
    return values;
  }

  get #step(): Step {
    const { index = 0, learningRate = 0 } = this.#example.step ?? {};
    return { index, learningRate, order: this.#orderAddress };
  }

  /** Inputs that have a gradient in this example. */
  get differentiated(): string[] {
    return this.op.isDifferentiable ? this.op.inputs.filter((name) => this.#has(`d${name}`)) : [];
  }

  row({ added = [], unwanted = [], over = {} }: Variant = {}): Row {
    const fields: Record<string, number> = { ...this.#example.counts, ...this.#example.numbers };
    if (this.#workspace) fields.workspace = this.#workspace;
    for (const { name, address } of this.regions) fields[name] = address;
    for (const [name, target] of Object.entries(over)) fields[name] = fields[target];
    for (const name of unwanted) fields[`d${name}`] = 0;
    for (const name of added) fields[`addD${name}`] = 1;
    return { op: this.op, owner: this.op.name, runsBackward: this.op.isDifferentiable, fields };
  }

  /** The part of a memory that a field occupies. */
  view({ memory }: Machine, name: string, over: Variant["over"] = {}) {
    const { kind, address, count } = this.regions.find((region) => region.name === (over[name] ?? name))!;
    const array = memory[storage[kind]!];
    const start = address / elementBytes(kind);
    return array.subarray(start, start + count);
  }

  /**
   * Fills everything behind the workspace with a number, or one for each index, then the fields with their contents.
   *
   * @param left fields that keep what the rest is filled with
   */
  prepare(
    machine: Machine,
    guard: number | ((index: number) => number),
    contents: Values = this.contents,
    left: readonly string[] = [],
  ): void {
    const { heap, integers } = machine.memory;
    const [first, end] = [this.#fieldsAddress / 4, this.bytes / 4];
    if (typeof guard === "number") heap.fill(guard, first, end);
    else for (let i = first; i < end; i++) heap[i] = guard(i);
    for (const { name } of this.regions) {
      if (!left.includes(name)) this.view(machine, name).set(contents[name]);
    }
    integers.set(this.#example.step?.order ?? [], this.#orderAddress / 4);
  }

  run(machine: Machine, direction: "forward" | "backward", variant?: Variant): void {
    machine.run(direction, this.row(variant), this.#step);
  }

  /** All fields as they stand now, or some. */
  read(
    machine: Machine,
    { over }: Variant = {},
    names: readonly string[] = this.regions.map(({ name }) => name),
  ): Values {
    return Object.fromEntries(names.map((name) => [name, this.view(machine, name, over).slice()]));
  }

  /**
   * Forward and backward, each from contents in which nothing it should not read is a number: outputs, stored gradients
   * and padding begin as NaN, and what the operation does not save becomes NaN between the two.
   *
   * @param names the fields that are read after each
   */
  runBoth(machine: Machine, variant: Variant = {}, names?: readonly string[]): { forward: Values; backward: Values } {
    const { op } = this;
    const { added = [], over = {} } = variant;
    const stored = op.inputs.filter((name) => !added.includes(name)).map((name) => `d${name}`);
    const sharers = [...Object.keys(over), ...Object.values(over)];
    const unsaved = [...op.inputs, ...op.outputs].filter((name) => !op.saves.includes(name) && !sharers.includes(name));

    this.prepare(machine, Number.NaN, this.contents, [...op.outputs, ...stored]);
    this.run(machine, "forward", variant);
    const forward = this.read(machine, variant, names);
    for (const name of unsaved) if (this.#has(name)) this.view(machine, name).fill(Number.NaN);
    this.run(machine, "backward", variant);
    return { forward, backward: this.read(machine, variant, names) };
  }

  /** Byte ranges a row may write: the named fields, with their padding if that is theirs to touch, and the workspace. */
  writable(names: readonly string[], padding: boolean): [from: number, to: number][] {
    return this.regions
      .filter(({ name }) => names.includes(name))
      .map(({ address, kind, count }) => {
        const bytes = padding && kind === "tensor" ? tensorBytes(count) : count * elementBytes(kind);
        return [address, address + bytes];
      });
  }

  /** A copy of the memory, with zeros where rows, workspace and the engine's own numbers stand. */
  snapshot(machine: Machine): Uint8Array {
    return machine.memory.bytes.slice(0, this.bytes).fill(0, stepAddress, this.#fieldsAddress);
  }

  /** Where two snapshots differ first, in words; nothing when they do not. */
  firstDifference(a: Uint8Array, b: Uint8Array): string | undefined {
    if (Buffer.compare(a, b) === 0) return undefined;
    const address = a.findIndex((byte, i) => byte !== b[i]);
    const before = this.regions.filter((region) => region.address <= address).at(-1);
    return before ? `byte ${address - before.address} from the start of ${before.name}` : `byte ${address}`;
  }
}

/** Largest difference, relative to the largest true value. NaN and infinity must stand in the same places. */
export function relativeError(actual: ArrayLike<number>, truth: ArrayLike<number>): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < truth.length; i++) {
    if (Object.is(actual[i], truth[i]) || actual[i] === truth[i]) {
      if (Number.isFinite(truth[i])) largest = Math.max(largest, Math.abs(truth[i]));
      continue;
    }
    if (!Number.isFinite(actual[i]) || !Number.isFinite(truth[i])) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(actual[i] - truth[i]));
    largest = Math.max(largest, Math.abs(truth[i]));
  }
  return difference === 0 ? 0 : difference / largest;
}

/**
 * Where two lists of numbers differ first, in words; nothing when they do not. All NaN are one; 0 and −0 are two. As strict as
 * toEqual, which takes a hundred times as long for long lists.
 */
export function differenceInBits(actual: ArrayLike<number>, expected: ArrayLike<number>): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} numbers instead of ${expected.length}`;
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) return `[${i}] is ${actual[i]} instead of ${expected[i]}`;
  }
  return undefined;
}
