import type { Stepping } from "../../graph/steps";
import { ArgumentError, ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import {
  Layer,
  type LayerOptions,
  type LayerResult,
  type OutputMask,
  passMask,
  type WeightSpec,
} from "../../graph/layer";
import type { LayerCall } from "../../graph/node";
import { type Option, type OptionsOf, readSettings } from "../../optionTable";
import { type Shape, showShape } from "../../tensor/shape";
import { show } from "../../options";

/** A layer that another is made of. */
const inner: Option<Layer> = (given, who, option) => {
  if (!(given instanceof Layer))
    throw new ArgumentError(
      `${who}: ${option} must be a layer such as layers.dense({ units: 1 }), got ${show(given)}.`,
    );
  return checkInner(given, who, option);
};

/** Refuses a layer that has a life of its own: what it has there would be missing here. */
export function checkInner<Inner extends Layer<LayerResult>>(layer: Inner, who: string, option: string): Inner {
  if (layer.weightSpecs.length)
    throw new ArgumentError(
      `${who}: ${option} has been applied already: its weights would not be shared. Make a new one.`,
    );
  if (layer.addedLosses.length)
    throw new ArgumentError(`${who}: ${option} must have no losses of its own. Call addLoss on ${who} instead.`);
  return layer;
}

/** Weights of a layer as those of one that is made of it. */
export function weightsWithin(layer: Layer<LayerResult>, specs: readonly WeightSpec[]): WeightSpec[] {
  return specs.map((spec) => {
    const innermost = spec.within ?? { layers: [], name: spec.name };
    // Of a layer around a weight nobody asks how many outputs it has.
    const within = { layers: [layer as Layer, ...innermost.layers], name: innermost.name };
    return { ...spec, name: `${layer.name}/${spec.name}`, within };
  });
}

/** How options of `timeDistributed` are read. */
const timeDistributedOptions = {
  /** What is applied to every step. */
  layer: inner,
} as const;

/** Options of `timeDistributed`. */
export interface TimeDistributedOptions extends LayerOptions, OptionsOf<typeof timeDistributedOptions> {}

class TimeDistributed extends Layer {
  readonly #layer: Layer;

  constructor(options: TimeDistributedOptions) {
    super("timeDistributed", options, Object.keys(timeDistributedOptions));
    this.#layer = readSettings(this.name, this.options, timeDistributedOptions).layer;
  }

  override stepping(): Stepping {
    return "each";
  }

  outputShape(...inputs: Shape[]): Shape {
    const [time, ...step] = this.#read(inputs);
    const made: Shape | readonly Shape[] = this.#layer.outputShape(step);
    if (made.every((size) => typeof size === "number")) return [time, ...(made as Shape)];
    throw new ArgumentError(
      `${this.name}: ${this.#layer.name} has ${made.length} outputs, a layer for every step has one.`,
    );
  }

  #read(inputs: readonly Shape[]): Shape {
    const shape = this.single(inputs);
    if (shape.length >= 2) return shape;
    throw new ShapeError(`${this.name}: expects [batch, time, …, features], got ${showShape(shape, true)}.`);
  }

  override weights(...inputs: Shape[]): WeightSpec[] {
    return weightsWithin(this.#layer, this.#layer.weights(this.#read(inputs).slice(1)));
  }

  protected override outputMask(call: LayerCall): OutputMask {
    return passMask(call);
  }

  /** All steps of all samples are samples to the layer. */
  emit(graph: Graph, [x]: Value[], weights: Value[]): Value {
    const [batch, time, ...step] = x.shape;
    const steps = graph.view(x, [batch * time, ...step], this.name);
    // Behind the output there may be its mask.
    const emit = () => this.#layer.emit(graph, [steps], weights, [], {});
    const [y] = [graph.atBatchSize(batch * time, emit)].flat() as Value[];
    return graph.view(y, [batch, time, ...y.shape.slice(1)], this.name);
  }
}

/**
 * Applies a layer to every step of sequences: input `[batch, time, …]`, output `[batch, time, …]` of what the layer makes of a step.
 * Its weights are called after the layer: `timeDistributed/dense/kernel`. A mask `[batch, time]` is passed on; the layer itself is
 * applied to all steps.
 *
 *     layers.timeDistributed({ layer: layers.conv2d({ filters: 8, kernelSize: 3 }) })
 *
 * @throws ArgumentError when `layer` is no layer, or has been applied already
 */
export function timeDistributed(options: TimeDistributedOptions): Layer {
  return new TimeDistributed(options);
}
