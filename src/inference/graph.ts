import { inputPorts } from "../training/inputPorts";
import { addressOf, assembleRows, type Bases, type Written } from "../compiler/assemble";
import { writeFormulas } from "../compiler/formulaCode";
import { NO_DIFFERENTIATION } from "../compiler/differentiate";
import { fuse } from "../compiler/fuse";
import { type Column, type Lowered, lower, type ModelGraph } from "../compiler/lower";
import { type Plan, planMemory } from "../compiler/plan";
import { basicForward } from "../engine/module/generated/contents";
import { batchSizeOf } from "../graph/batches";
import { storageOf } from "../graph/graph";
import { shapeOf } from "../graph/node";
import { loadMakers } from "../saving/decodeStructure";
import { checkLimits, readLimits } from "../saving/limits";
import type { ReadOptions } from "../saving/loadOptions";
import { matchTensors, reportWarnings, storedRanges } from "../saving/modelFile";
import type { Pipeline } from "../pipeline/pipeline";
import { readModelFile } from "../saving/readModelFile";
import { type Shape, sizeOf } from "../tensor/shape";
import type { Tensor } from "../tensor/tensor";
import type { InputPort } from "../training/inputs";
import { checkedLength } from "../training/samples";
import { outputNames } from "../graph/structure";
import { rowsEnd } from "../program/layout";
import { constantBytes } from "../program/program";
import type { Demand, Network, Port } from "./network";

/**
 * Any model that a file can describe, by the layers and the compiler that models are trained with.
 *
 * @throws FormatError when the file is not a model or contradicts itself; LimitError
 */
export async function readGraph(bytes: Uint8Array, { limits, onWarning }: ReadOptions): Promise<Network> {
  const checkedLimits = readLimits(limits);
  const file = readModelFile(bytes, await loadMakers());
  const { name, seed, structure, weights, tensors } = file;
  const isOfTraining = (name: string) => name.startsWith("optimizer/");
  const { values: found, warnings } = matchTensors(tensors, storedRanges(weights, []), isOfTraining);
  const model = { ...structure, weights, seed };
  checkLimits(model, checkedLimits);
  const values = new Float32Array((weights.bytes.weights + weights.bytes.state) / 4);
  for (const [{ start }, data] of found) values.set(data, start);
  reportWarnings(warnings, onWarning);
  const pipeline = file.pipeline && (await import("../pipeline/pipeline")).readPipeline(file.pipeline);
  pipeline?.checkModel("loadModel", model.inputs, model.outputs);
  return new GraphNetwork(name, model, values, pipeline);
}

class GraphNetwork implements Network {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly ports: readonly InputPort[];
  readonly weightBytes: number;
  readonly batchSize: number | undefined;
  #plan!: Plan;

  constructor(
    readonly name: string,
    private readonly model: ModelGraph,
    readonly values: Float32Array,
    readonly pipeline: Pipeline | undefined,
  ) {
    const names = outputNames(model.outputs);
    this.inputs = model.inputs.map(({ name, shape, dtype }, i) => ({ name: name ?? `input_${i}`, shape, dtype }));
    this.outputs = model.outputs.map(({ shape }, i) => ({ name: names[i], shape, dtype: "float32" }));
    this.ports = inputPorts(model);
    this.weightBytes = model.weights.bytes.weights;
    this.batchSize = batchSizeOf(model);
  }

  lengthOf(inputs: readonly Tensor[]): number | undefined {
    return checkedLength(this.model, inputs, "predict");
  }

  shapesAt(side: "inputs" | "outputs", length: number): readonly Shape[] {
    return this.model[side].map((node) => shapeOf(node, length));
  }

  plan(capacity: number, length?: number): Demand {
    const columns = this.model.inputs.map((node): Column => {
      return { dtype: "float32", offset: 0, size: sizeOf(shapeOf(node, length)) };
    });
    const { graph, outputs } = this.#lower(capacity, columns);
    this.#plan = planMemory(graph, NO_DIFFERENTIATION, { kept: outputs });
    const operations = graph.operations.map(({ op }) => op.name);
    const bytes = rowsEnd(graph.operations.length) + constantBytes(graph.constants);
    const builds = [{ build: "basicForward", operations: basicForward }] as const;
    return { arenaBytes: this.#plan.bytes, programBytes: bytes, operations, builds };
  }

  rows(samples: number, columns: readonly Column[], bases: Bases) {
    const { graph, outputs, codes } = this.#lower(samples, columns);
    return {
      forward: assembleRows({ graph, codes, differentiation: NO_DIFFERENTIATION }, this.#plan, bases, {
        x: columns,
        y: [],
        sampleWeights: [],
      }),
      constants: graph.constants,
      outputs: outputs.map((value) => addressOf(storageOf(value), this.#plan, bases)),
    };
  }

  #lower(batchSize: number, columns: readonly Column[]): Lowered & Pick<Written, "codes"> {
    const lowered = lower(this.model, { batchSize, training: false, columns });
    fuse(lowered.graph, lowered.outputs);
    return { ...lowered, codes: writeFormulas(lowered.graph, NO_DIFFERENTIATION) };
  }
}
