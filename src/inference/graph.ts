import { addressOf, assembleRows, type Bases } from "../compiler/assemble";
import { NO_DIFFERENTIATION } from "../compiler/differentiate";
import { fuse } from "../compiler/fuse";
import { type Column, type Lowered, lower, type ModelGraph } from "../compiler/lower";
import { type Plan, planMemory } from "../compiler/plan";
import { decodeSafetensors } from "../formats/safetensors";
import { storageOf } from "../graph/graph";
import { loadFactories, readDescription, readStructure } from "../saving/decodeStructure";
import { checkTensors, storedRanges } from "../saving/modelFile";
import { outputNames } from "../graph/structure";
import { WeightTable } from "../compiler/weightTable";
import type { Demand, Network, Port } from "./network";

/**
 * Any model that a file can describe, by the layers and the compiler that models are trained with.
 *
 * @throws FormatError when the file is not a model or contradicts itself
 */
export async function readGraph(bytes: Uint8Array): Promise<Network> {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const description = readDescription(metadata);
  const structure = readStructure(description, await loadFactories());
  const weights = new WeightTable(structure.layers, false);
  const ranges = storedRanges(weights, []);
  checkTensors(tensors, ranges, (name) => name.startsWith("optimizer/"));
  const values = new Float32Array((weights.bytes.weights + weights.bytes.state) / 4);
  for (const { name, start } of ranges) values.set(tensors.get(name)!.data, start);
  return new GraphNetwork(description.name.string(), { ...structure, weights, seed: 0 }, values);
}

class GraphNetwork implements Network {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly weightBytes: number;
  #plan!: Plan;

  constructor(
    readonly name: string,
    private readonly model: ModelGraph,
    readonly values: Float32Array,
  ) {
    const names = outputNames(model.outputs);
    this.inputs = model.inputs.map(({ name, shape, dtype }, i) => ({ name: name ?? `input_${i}`, shape, dtype }));
    this.outputs = model.outputs.map(({ shape }, i) => ({ name: names[i], shape, dtype: "float32" }));
    this.weightBytes = model.weights.bytes.weights;
  }

  plan(capacity: number): Demand {
    const columns = this.inputs.map((): Column => ({ dtype: "float32", offset: 0, size: 1 }));
    const { graph, outputs } = this.#lower(capacity, columns);
    this.#plan = planMemory(graph, NO_DIFFERENTIATION, { kept: outputs });
    const operations = graph.operations.map(({ op }) => op.name);
    return { arenaBytes: this.#plan.bytes, rowCount: graph.operations.length, operations };
  }

  rows(samples: number, columns: readonly Column[], bases: Bases) {
    const { graph, outputs } = this.#lower(samples, columns);
    return {
      forward: assembleRows({ graph, differentiation: NO_DIFFERENTIATION }, this.#plan, bases, {
        x: columns,
        y: [],
        sampleWeights: [],
      }),
      outputs: outputs.map((value) => addressOf(storageOf(value), this.#plan, bases)),
    };
  }

  #lower(batchSize: number, columns: readonly Column[]): Lowered {
    const lowered = lower(this.model, { batchSize, training: false, columns });
    fuse(lowered.graph, lowered.outputs);
    return lowered;
  }
}
