import { readFileSync } from "node:fs";

/**
 * Training trajectories computed outside this code base: torch.json and, of convolutional networks, torchImages.json by
 * generateTorch.py (all of them, float64), and
 * tfjs.json by generateTfjs.mjs (those that tfjs can do as Keras 3 does, float32). Their headers say how.
 *
 * Compare the change of the weights, finalWeights − initialWeights, relative to its largest value in each tensor: that
 * is where a wrong optimizer shows. In float32, torch and tfjs stay within 5e-6 of the float64 numbers.
 */

/** Values in row-major order. */
export interface ReferenceTensor {
  shape: number[];
  data: number[];
}

/** A name of API.md, or a name with options: `{ name: "leakyRelu", negativeSlope: 0.375 }`. */
export type ReferenceActivation =
  | string
  | { name: string; approximate?: boolean; alpha?: number; negativeSlope?: number };

export interface ReferenceRegularizer {
  l1?: number;
  l2?: number;
}

/** The layer's own options, as API.md names them. */
export type ReferenceLayer =
  | ReferenceDense
  | { type: "activation"; activation: ReferenceActivation }
  | { type: "rescaling"; scale: number; offset: number }
  | { type: "flatten" }
  | ReferenceImageLayer;

export interface ReferenceDense {
  type: "dense";
  name: string;
  units: number;
  activation: ReferenceActivation;
  useBias: boolean;
  trainable?: boolean;
  kernelRegularizer?: ReferenceRegularizer;
  biasRegularizer?: ReferenceRegularizer;
}

/** A layer of imageLayers.py. Named when it has weights; those have an activation and may have regularizers. */
export interface ReferenceImageLayer {
  type:
    | `${"conv" | "maxPooling" | "averagePooling" | "globalMaxPooling" | "globalAveragePooling"}${"1d" | "2d"}`
    | `conv${"1d" | "2d"}Transpose`
    | `${"depthwiseConv" | "separableConv" | "zeroPadding" | "upSampling"}2d`;
  name?: string;
  activation?: ReferenceActivation;
  [option: string]: unknown;
}

/** `schedule` names it, the other fields are its options: `{ schedule: "cosineDecay", decaySteps: 8, … }`. */
export interface ReferenceSchedule {
  schedule: string;
  [option: string]: string | number | boolean | number[];
}

/** What is trained, on what, and how. */
export interface ReferenceTask {
  name: string;
  layers: ReferenceLayer[];
  /** Without the batch dimension. */
  inputShape: number[];
  loss: string;
  lossOptions?: {
    fromLogits?: boolean;
    labelSmoothing?: number;
    delta?: number;
    reduction?: "sumOverBatchSize" | "sum";
  };
  optimizer: string;
  /** Options that are not named have Keras 3's defaults, the learning rate included. */
  optimizerOptions: { learningRate?: number | ReferenceSchedule; [option: string]: unknown };
  x: ReferenceTensor;
  /** Class indices without a last dimension for sparseCategoricalCrossentropy, else shaped like the output. */
  y: ReferenceTensor;
  /** One weight per sample, for all its timesteps. */
  sampleWeight?: number[];
  classWeight?: Record<string, number>;
  /** Samples per step, in order, the last batch of an epoch being smaller; all samples in each step when absent. */
  batchSize?: number;
  /** By Keras's names, "dense_1/kernel"; exact in float32. */
  initialWeights: Record<string, ReferenceTensor>;
}

/** What came out. */
export interface ReferenceResult {
  /** For example "torch 1.13.0 float64". */
  source: string;
  /** Of each of the 10 steps: of its batch, before its update, penalties included. */
  losses: number[];
  /** Of each step, when the learning rate is a schedule. */
  learningRates?: number[];
  finalWeights: Record<string, ReferenceTensor>;
  /** The outputs for all of x after the last step. */
  predictions: ReferenceTensor;
}

export type Reference = ReferenceTask & ReferenceResult;

/** On file, exact values are integers over a power of two. */
interface StoredTensor extends ReferenceTensor {
  denominator: number;
}

type StoredReference = ReferenceResult &
  Omit<ReferenceTask, "x" | "y" | "initialWeights"> & {
    x: StoredTensor;
    y: StoredTensor;
    initialWeights: Record<string, StoredTensor>;
  };

function decode({ shape, denominator, data }: StoredTensor): ReferenceTensor {
  return { shape, data: data.map((value) => value / denominator) };
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8"));
}

/** All trajectories; those of both sources appear twice, with the same name. */
export function loadReferences(): Reference[] {
  const stored = ["torch.json", "torchImages.json"].flatMap((file) => read<StoredReference[]>(file));
  const torch = stored.map((stored): Reference => {
    const weights = Object.entries(stored.initialWeights).map(([name, tensor]) => [name, decode(tensor)]);
    return { ...stored, x: decode(stored.x), y: decode(stored.y), initialWeights: Object.fromEntries(weights) };
  });
  const tasks = new Map(torch.map((reference) => [reference.name, reference]));
  const tfjs = read<(ReferenceResult & { name: string })[]>("tfjs.json").map((result): Reference => {
    const task = tasks.get(result.name);
    if (!task) throw new Error(`tfjs.json: torch.json has no "${result.name}". Run both generators again.`);
    return { ...task, ...result };
  });
  return [...torch, ...tfjs];
}
