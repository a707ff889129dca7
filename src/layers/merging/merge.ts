import type { Stepping } from "../../graph/steps";
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
import {
  logicalOr,
  maximum as maximumOf,
  minimum as minimumOf,
  multiply as product,
  where,
} from "../../nodes/elementwise";
import { anyOf, emitFunction, maskLike, broadcastMask } from "../masks";
import { Layer, type LayerOptions } from "../../graph/layer";
import type { LayerCall, Node } from "../../graph/node";

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

  override stepping({ inputs }: LayerCall): Stepping {
    // Broadcasting would lay the time of one input along another axis of the output.
    const ranks = new Set(inputs.map(({ dimensions }) => dimensions.length));
    return ranks.size === 1 ? "each" : undefined;
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

  /** The places that are valid in any input, where all have a mask. */
  protected override outputMask({ inputs }: LayerCall): Node | undefined {
    const masks = inputs.flatMap(({ mask }) => mask ?? []);
    return masks.length === inputs.length ? anyOf(masks, inputs) : undefined;
  }

  emit(graph: Graph, [first, ...others]: Value[], _?: Value[], _masks?: readonly (Value | undefined)[]): Value {
    const counts = { count: sizeOf(first.shape) };
    return others.reduce((a, b) => graph.emit(this.op, this.name, { a, b }, first.shape, { counts }), first);
  }
}

/** An input and its mask. */
interface Masked {
  readonly x: Node;
  readonly mask: Node | undefined;
}

/** One of which masked places of an input do not take part where another has a valid one. */
class MaskedMerge extends Merge {
  constructor(
    kind: string,
    options: LayerOptions,
    op: Op,
    private readonly merge: (inputs: readonly Masked[]) => Node,
  ) {
    super(kind, options, op);
  }

  protected override usedMasks(inputs: readonly Node[]): readonly (Node | undefined)[] {
    return inputs.some(({ mask }) => mask) ? inputs.map(({ mask }) => mask) : [];
  }

  override emit(graph: Graph, inputs: Value[], weights: Value[], masks: readonly (Value | undefined)[]): Value {
    if (masks.length === 0) return super.emit(graph, inputs);
    const given = masks.flatMap((mask) => mask ?? []);
    const call = (...nodes: Node[]) => {
      const places = nodes.slice(inputs.length);
      return this.merge(nodes.slice(0, inputs.length).map((x, i) => ({ x, mask: masks[i] && places.shift() })));
    };
    return emitFunction(graph, this.name, [...inputs, ...given], weights, call)[0];
  }
}

/** Masked factors are 1; where all inputs have a mask and none is valid, the product is 0. */
function productOfValid(inputs: readonly Masked[]): Node {
  const factors = inputs.map(({ x, mask }) => (mask ? where(maskLike(mask, x), x, 1) : x));
  const result = factors.reduce((a, b) => product(a, b));
  const masks = inputs.flatMap(({ mask }) => mask ?? []);
  if (masks.length < inputs.length) return result;
  const nodes = inputs.map(({ x }) => x);
  return where(maskLike(anyOf(masks, nodes), result), result, 0);
}

/** From the first input to the last: where one of two is masked, the other counts. */
const extremeOfValid = (extreme: (a: Node, b: Node) => Node) => (inputs: readonly Masked[]) => {
  const [first, ...others] = inputs;
  return others.reduce<Masked>((so, next) => {
    const x = next.mask ? where(maskLike(next.mask, next.x), next.x, so.x) : next.x;
    const before = so.mask ? where(maskLike(so.mask, so.x), so.x, x) : so.x;
    const axes = Math.max(so.mask?.dimensions.length ?? 0, next.mask?.dimensions.length ?? 0);
    const broadcast = ({ mask, x }: Masked) => mask && broadcastMask(mask, x, axes);
    const [left, right] = [broadcast(so), broadcast(next)];
    return { x: extreme(before, x), mask: left && right && logicalOr(left, right) };
  }, first).x;
};

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

/** The product, element by element, of two or more inputs of one shape. A masked place of an input counts 1. */
export function multiply(options: LayerOptions = {}): Layer {
  return new MaskedMerge("multiply", options, multiplyOp, productOfValid);
}

/** The mean, element by element, of two or more inputs of one shape. */
export function average(options: LayerOptions = {}): Layer {
  return new Average(options);
}

/**
 * The largest number, element by element, of two or more inputs of one shape. Among equals the first one gets the gradient. Where
 * an input is masked, the others count.
 */
export function maximum(options: LayerOptions = {}): Layer {
  return new MaskedMerge("maximum", options, maximumOp, extremeOfValid(maximumOf));
}

/**
 * The smallest number, element by element, of two or more inputs of one shape. Among equals the first one gets the gradient. Where
 * an input is masked, the others count.
 */
export function minimum(options: LayerOptions = {}): Layer {
  return new MaskedMerge("minimum", options, minimumOp, extremeOfValid(minimumOf));
}
