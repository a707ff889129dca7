import { readFileSync } from "node:fs";
import type { ReferenceTensor } from "./format";

/** Training trajectories of graphs, computed by generateTorchGraphs.py in float64; its header says how. */
export interface GraphReference {
  name: string;
  source: string;
  /** Shapes without the batch. */
  inputs: number[][];
  /** Kinds and options as `layers` has them. */
  layers: { name: string; type: string; options: Record<string, unknown> }[];
  /** Uses of layers; `from` counts inputs first, then nodes. */
  nodes: { layer: string; from: number[] }[];
  outputs: number[];
  loss: string[];
  lossWeights: number[];
  optimizer: string;
  optimizerOptions: Record<string, unknown>;
  x: ReferenceTensor[];
  y: ReferenceTensor[];
  initialWeights: Record<string, ReferenceTensor>;
  /** Of each of the 10 steps, before its update: the weighted sum, then the loss of each output. */
  losses: number[][];
  finalWeights: Record<string, ReferenceTensor>;
  /** Of each output, in evaluation mode after the last step. */
  predictions: ReferenceTensor[];
}

type Stored = ReferenceTensor & { denominator: number };

function decode(tensor: ReferenceTensor): ReferenceTensor {
  const { shape, data, denominator } = tensor as Stored;
  return { shape, data: data.map((value) => value / denominator) };
}

export function loadGraphReferences(): GraphReference[] {
  const file = readFileSync(new URL("torchGraphs.json", import.meta.url), "utf8");
  return (JSON.parse(file) as GraphReference[]).map((stored) => ({
    ...stored,
    x: stored.x.map(decode),
    y: stored.y.map(decode),
    initialWeights: Object.fromEntries(
      Object.entries(stored.initialWeights).map(([name, weight]) => [name, decode(weight)]),
    ),
  }));
}
