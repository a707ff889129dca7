import { sizeOf } from "../tensor/shape";
import { MemoryLimitError } from "../errors";
import type { Bases } from "../compiler/assemble";
import { isPrediction, type Kind, type Lowering, metricSumsBytes, type Recipe } from "../compiler/compile";
import { isSmall } from "../compiler/flops";
import { rowsEnd, STEP_BYTES, BARRIER_BYTES } from "../program/layout";
import { constantBytes } from "../program/program";
import { gigabytes, MemoryLayout } from "../program/memoryLayout";
import { type LoweringKey, type Lowerings, mostWeights } from "../compiler/lowerings";
import { LOSS_TOTAL } from "../compiler/objectives";
import { scratchBytes } from "../compiler/plan";

/** What a memory must have room for. */
export interface Capacity {
  /** Largest batch of training, 0 for none. */
  readonly trainBatch: number;
  /** Largest batch for which gradients are asked without training. */
  readonly gradientsBatch: number;
  readonly evaluateBatch: number;
  readonly predictBatch: number;
  /** Largest batch of predictions with layers as they are in training. */
  readonly predictTrainingBatch: number;
  /** Sample numbers held at once. */
  readonly order: number;
  /** Bytes of data columns. */
  readonly dataBytes: number;
  /** 1 when samples have weights, else 0. */
  readonly weighted: 0 | 1;
  /** Most that programs need that were announced: those of models with an open length, each of which has a plan of its own. */
  readonly arenaBytes: number;
  readonly workspaceBytes: number;
  readonly programBytes: number;
  /** 1 when one of them is large enough for several threads. */
  readonly shared: 0 | 1;
}

/** What a program needs that has a plan of its own. */
export function needsOf(recipe: Recipe, lowering: Lowering): Partial<Capacity> {
  return {
    arenaBytes: lowering.plan.bytes,
    workspaceBytes: largestWorkspace([lowering]),
    programBytes: programBytesOf(recipe, lowering),
    shared: isSmall(lowering) ? 0 : 1,
  };
}

/** Rows that update weights, at most. */
function updateRowsOf({ model }: Recipe): number {
  return 3 + 4 * model.weights.entries.length;
}

function programBytesOf(recipe: Recipe, { graph }: Lowering): number {
  const rows = graph.operations.length + graph.updates.length + updateRowsOf(recipe);
  return rowsEnd(rows) + constantBytes(graph.constants);
}

/** Every byte of a model's memory, decided before any is allocated. */
export interface MemoryMap {
  readonly bases: Bases;
  /** Threads that steps are shared by: 1 when none is large enough. */
  readonly threads: number;
  /** A step for every thread. */
  readonly step: number;
  /** The block in which threads wait for each other. */
  readonly barrier: number;
  /** Scratch memory of every thread but the first, whose stands in the arena. */
  readonly workspaces: number;
  readonly workspaceBytes: number;
  readonly programs: number;
  readonly programRegionBytes: number;
  readonly learningRates: number;
  readonly losses: number;
  readonly order: number;
  readonly totalBytes: number;
  /** The plan of each kind of program at its largest batch; a smaller batch uses the same addresses. */
  readonly lowerings: ReadonlyMap<string, Lowering>;
  readonly sizes: MemorySizes;
}

/** Bytes by purpose, as `model.memory()` reports them. What users hold themselves, such as their data, is not among them. */
export interface MemorySizes {
  /** The WebAssembly memory, which holds programs and sums, too, and the checkpoints. */
  total: number;
  /** Weights, and state such as moving means. */
  weights: number;
  /** Gradients of weights. */
  gradients: number;
  /** What the optimizer keeps, such as moments. */
  optimizer: number;
  /** What layers put out, gradients of that, and the scratch memory of the first thread: they share memory. */
  activations: number;
  /** Scratch memory: as much as the neediest operation takes, for every thread. The first thread's is in `activations`. */
  workspace: number;
  /** Samples, and the order in which they come. */
  data: number;
  /** What `fit` keeps beside: two copies of weights and optimizer, to go back to when a loss is not finite. */
  checkpoints: number;
}

/** Steps that one call into the engine can run: as many learning rates and losses have room. */
export const SLICE_STEPS = 1024;
/** Copies of everything that lasts that a training may keep. */
const CHECKPOINTS = 2;
/** Programs of the largest kind that have room at once; of small ones many more. */
export const PROGRAM_COUNT = 16;

export function batchOf(capacity: Capacity, kind: Kind): number {
  return capacity[`${kind}Batch`];
}

/** The most scratch memory that an operation needs, of one thread. */
function largestWorkspace(lowerings: Iterable<Lowering>): number {
  let most = 0;
  for (const { graph } of lowerings) {
    for (const operation of graph.operations) most = Math.max(most, scratchBytes(operation));
  }
  return most;
}

/** The graph of each kind of program at its largest batch, with and without weights of samples as far as there are any. */
function lowerKinds(lowerings: Lowerings, capacity: Capacity): Map<string, Lowering> {
  const lowered = new Map<string, Lowering>();
  if (lowerings.isOpen) return lowered;
  for (const kind of ["train", "gradients", "evaluate", "predict", "predictTraining"] as const) {
    const batchSize = batchOf(capacity, kind);
    if (batchSize === 0) continue;
    const isEverWeighted = !isPrediction(kind) && capacity.weighted > 0;
    for (const isWeighted of isEverWeighted ? [false, true] : [false]) {
      const weightSizes = isWeighted ? mostWeights(lowerings.recipe) : undefined;
      lowered.set(planKey(kind, isWeighted), lowerings.of({ kind, batchSize, weightSizes }));
    }
  }
  return lowered;
}

/** The key of a plan in a memory map. */
export function planKey(kind: Kind, isWeighted: boolean): string {
  return isWeighted ? `${kind}, weighted` : kind;
}

/**
 * Lays out a memory: what lasts (weights, state, optimizer) first, then what a step needs, data last.
 *
 * @param announced what the capacity has grown for, for messages

 * @throws MemoryLimitError when it does not fit into 4 GB; names the largest part and what to lower
 */
export function mapMemory(source: Lowerings, capacity: Capacity, announced: readonly Lowering[] = []): MemoryMap {
  const { recipe } = source;
  const { bytes } = recipe.model.weights;
  const lowerings = lowerKinds(source, capacity);
  const all = [...lowerings.values()];
  const programSizes = all.map((lowering) => programBytesOf(recipe, lowering));
  const programBytes = Math.max(rowsEnd(updateRowsOf(recipe)), capacity.programBytes, ...programSizes);
  const arena = Math.max(capacity.arenaBytes, ...all.map(({ plan }) => plan.bytes));
  const threads = all.every(isSmall) && !capacity.shared ? 1 : (recipe.threads ?? 1);
  const workspaceBytes = Math.max(capacity.workspaceBytes, largestWorkspace(all));
  const optimizer = bytes.weights * (recipe.optimizer?.slots.length ?? 0);

  const programRegionBytes = PROGRAM_COUNT * programBytes;
  const layout = new MemoryLayout();
  const step = layout.place(STEP_BYTES * threads);
  const barrier = layout.place(threads > 1 ? BARRIER_BYTES : 0);
  const weights = layout.place(bytes.weights);
  const state = layout.place(bytes.state);
  const slots = layout.place(optimizer);
  const gradients = layout.place(recipe.optimizer ? bytes.weights : 0);
  const totals = layout.place(LOSS_TOTAL + 8 + 2 * metricSumsBytes(recipe));
  const learningRates = layout.place(8 * SLICE_STEPS);
  const losses = layout.place(8 * SLICE_STEPS);
  const programs = layout.place(programRegionBytes);
  const arenaBase = layout.place(arena);
  const workspaces = layout.place(workspaceBytes * (threads - 1));
  const order = layout.place(4 * capacity.order);
  const data = layout.place(capacity.dataBytes);
  const { totalBytes } = layout;

  const checkpoints = recipe.optimizer ? CHECKPOINTS * (gradients - weights) : 0;
  const sizes = {
    total: totalBytes + checkpoints,
    weights: bytes.weights + bytes.state,
    gradients: totals - gradients,
    optimizer,
    activations: workspaces - arenaBase,
    workspace: workspaceBytes * threads,
    data: totalBytes - order,
    checkpoints,
  };
  if (!layout.fits) throw tooLarge(sizes, capacity, [...all, ...announced]);
  return {
    bases: { weights, state, slots, gradients, totals, data, arena: arenaBase },
    threads,
    step,
    barrier,
    workspaces,
    workspaceBytes,
    programs,
    programRegionBytes,
    learningRates,
    losses,
    order,
    totalBytes,
    lowerings,
    sizes,
  };
}

/** The memory for one program: of a model with an open length that of the key's length, else what the capacity says. */
export function mapProgram(source: Lowerings, capacity: Capacity, key: LoweringKey): MemoryMap {
  if (!source.isOpen) return mapMemory(source, capacity);
  const lowering = source.of(key);
  return mapMemory(source, { ...capacity, ...needsOf(source.recipe, lowering) }, [lowering]);
}

/** The layer whose activations are largest. */
function largestOwner(lowerings: readonly Lowering[]): string {
  let [owner, most] = ["", 0];
  for (const { graph } of lowerings) {
    for (const { owner: name, shape, place } of graph.values) {
      const size = place ? 0 : sizeOf(shape);
      if (size > most) [owner, most] = [name, size];
    }
  }
  return owner;
}

function tooLarge(sizes: MemorySizes, capacity: Capacity, lowerings: readonly Lowering[]): MemoryLimitError {
  const bytesNeeded = sizes.total - sizes.checkpoints;
  const learned = sizes.weights + sizes.gradients + sizes.optimizer;
  const { trainBatch, gradientsBatch, evaluateBatch, predictBatch, predictTrainingBatch } = capacity;
  const batch = Math.max(trainBatch, gradientsBatch, evaluateBatch, predictBatch, predictTrainingBatch);
  const lengths = lowerings.flatMap(({ graph }) => graph.length ?? []);
  const shorter = lengths.length ? ` Sequences are ${Math.max(...lengths)} long: shorten them.` : "";
  const smaller = (batch > 1 ? `Lower batchSize (now ${batch}).` : "Use fewer units or smaller inputs.") + shorter;
  const parts: [number, string][] = [
    [sizes.activations, `are activations, most of them of ${largestOwner(lowerings)}. ${smaller}`],
    [sizes.data, "are data. Feed a Dataset that streams its samples."],
    [learned, "are weights, their gradients and optimizer state. Use fewer units, or an optimizer with less state."],
  ];
  const [bytes, advice] = parts.reduce((most, part) => (part[0] > most[0] ? part : most));
  return new MemoryLimitError(
    `model needs ${gigabytes(bytesNeeded)} of memory, WebAssembly allows 4 GB: ${gigabytes(bytes)} ${advice}`,
  );
}

/** Whether one capacity has room for the other. */
export function covers(have: Capacity, need: Partial<Capacity>): boolean {
  for (const key in need) if (!(have[key as keyof Capacity] >= need[key as keyof Capacity]!)) return false;
  return true;
}

/** The least capacity that has room for both. */
export function union(a: Capacity, b: Capacity): Capacity {
  const most = (key: Exclude<keyof Capacity, "weighted" | "shared">) => Math.max(a[key], b[key]);
  return {
    trainBatch: most("trainBatch"),
    gradientsBatch: most("gradientsBatch"),
    evaluateBatch: most("evaluateBatch"),
    predictBatch: most("predictBatch"),
    predictTrainingBatch: most("predictTrainingBatch"),
    order: most("order"),
    dataBytes: most("dataBytes"),
    weighted: a.weighted || b.weighted,
    arenaBytes: most("arenaBytes"),
    workspaceBytes: most("workspaceBytes"),
    programBytes: most("programBytes"),
    shared: a.shared || b.shared,
  };
}

export const NO_CAPACITY: Capacity = {
  trainBatch: 0,
  gradientsBatch: 0,
  evaluateBatch: 0,
  predictBatch: 0,
  predictTrainingBatch: 0,
  order: 0,
  dataBytes: 0,
  weighted: 0,
  arenaBytes: 0,
  workspaceBytes: 0,
  programBytes: 0,
  shared: 0,
};
