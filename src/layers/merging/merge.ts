import { sizeOf, showShape, type Shape } from "../../tensor/shape";
import { ShapeError } from "../../errors";
import type { Graph, Value } from "../../graph/graph";
import { add as addOp } from "../../ops/add";
import { maximum as maximumOp } from "../../ops/maximum";
import { minimum as minimumOp } from "../../ops/minimum";
import { multiply as multiplyOp } from "../../ops/multiply";
import type { Op } from "../../ops/op";
import { rescaling } from "../../ops/rescaling";
import { subtract as subtractOp } from "../../ops/subtract";
import { Layer, type LayerOptions } from "../../graph/layer";

/** Two or more inputs of one shape, folded by an operation from the first to the last. */
class Merge extends Layer {
  constructor(
    kind: string,
    options: LayerOptions,
    private readonly op: Op,
    private readonly most = Number.POSITIVE_INFINITY,
  ) {
    super(kind, options);
  }

  outputShape(...inputs: Shape[]): Shape {
    if (inputs.length < 2 || inputs.length > this.most) {
      const wanted = this.most === 2 ? "exactly two inputs" : "two inputs or more";
      throw new ShapeError(`${this.name}: expects ${wanted}, as in ${this.kind}.apply([a, b]), got ${inputs.length}.`);
    }
    const [first] = inputs;
    if (inputs.some((shape) => showShape(shape) !== showShape(first))) {
      const shapes = inputs.map((shape) => showShape(shape, true));
      throw new ShapeError(
        `${this.name}: expects inputs of one shape, got ${shapes.slice(0, -1).join(", ")} and ${shapes.at(-1)}. ` +
          "Nothing is broadcast: bring them to one shape by layers such as dense, reshape or concatenate.",
      );
    }
    return first;
  }

  emit(graph: Graph, [first, ...others]: Value[]): Value {
    const counts = { count: sizeOf(first.shape) };
    return others.reduce((a, b) => graph.emit(this.op, this.name, { a, b }, first.shape, { counts }), first);
  }
}

class Average extends Merge {
  constructor(options: LayerOptions) {
    super("average", options, addOp);
  }

  override emit(graph: Graph, inputs: Value[]): Value {
    const sum = super.emit(graph, inputs);
    const attributes = { counts: { count: sizeOf(sum.shape) }, numbers: { scale: 1 / inputs.length, offset: 0 } };
    return graph.emit(rescaling, this.name, { x: sum }, sum.shape, attributes);
  }
}

/** The sum of two or more inputs of one shape: `add().apply([x, f])` closes a residual connection. */
export function add(options: LayerOptions = {}): Layer {
  return new Merge("add", options, addOp);
}

/** The first input minus the second, both of one shape. */
export function subtract(options: LayerOptions = {}): Layer {
  return new Merge("subtract", options, subtractOp, 2);
}

/** The product, element by element, of two or more inputs of one shape. */
export function multiply(options: LayerOptions = {}): Layer {
  return new Merge("multiply", options, multiplyOp);
}

/** The mean, element by element, of two or more inputs of one shape. */
export function average(options: LayerOptions = {}): Layer {
  return new Average(options);
}

/** The largest number, element by element, of two or more inputs of one shape. Among equals the first one gets the gradient. */
export function maximum(options: LayerOptions = {}): Layer {
  return new Merge("maximum", options, maximumOp);
}

/** The smallest number, element by element, of two or more inputs of one shape. Among equals the first one gets the gradient. */
export function minimum(options: LayerOptions = {}): Layer {
  return new Merge("minimum", options, minimumOp);
}
