import type { Layer } from "../../graph/layer";
import type { Node } from "../../graph/node";
import type { Shape } from "../../tensor/shape";
import type { Weight, WeightTable } from "../../compiler/weightTable";

/** A layer of the model that has weights, wherever it stands. */
export interface Place {
  /** Names of the layers around it and its own: `"encoder/dense"`, `"bidirectional/forward_lstm"`. */
  readonly path: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the user gave all these names. */
  readonly isNamed: boolean;
  /** By their names in the layer: `"kernel"`, `"query/kernel"`. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Of a layer behind `flatten`: the shape that was flattened, channels last, where PyTorch has channels first. */
  readonly flattened: Shape | undefined;
  /** Of a layer whose features become an image by `reshape`: its shape, channels last. */
  readonly unfolded: Shape | undefined;
  /** Whether its inputs may be features of an image that come to it in a way that is not looked through. */
  readonly isOrderUnclear: boolean;
}

/** What the graph says of the order of features. */
interface Orders {
  readonly flattened: Map<Layer, Shape>;
  readonly unfolded: Map<Layer, Shape>;
  readonly unclear: Set<Layer>;
}

/** Layers that keep features where they are. */
const KEEPING: ReadonlySet<string> = new Set([
  ...["dropout", "activation", "relu", "leakyRelu", "elu", "softmax", "prelu", "gaussianNoise", "spatialDropout1d"],
  ...["batchNormalization", "layerNormalization", "rmsNormalization", "groupNormalization", "normalization"],
  ...["rescaling", "masking"],
]);
/** Layers of images and signals: PyTorch has channels before places there. */
const CHANNELS_FIRST = /^(conv|depthwiseConv|separableConv|maxPooling|averagePooling|upSampling|zeroPadding|cropping)/;
const MERGING: ReadonlySet<string> = new Set([
  "add",
  "subtract",
  "multiply",
  "average",
  "maximum",
  "minimum",
  "concatenate",
]);

const ranksOf = (node: Node) => node.shape.length;

/** The closest node before that is not made by a layer that keeps features where they are. */
function behindKeeping(node: Node): Node {
  let at = node;
  while (at.layer && KEEPING.has(at.layer.kind)) at = at.inputs[0];
  return at;
}

/** Whether PyTorch has the channels of what a node gives before its places. */
function isChannelsFirst(node: Node): boolean {
  const at = behindKeeping(node);
  if (!at.layer) return at.isInput && ranksOf(at) === 3;
  if (CHANNELS_FIRST.test(at.layer.kind)) return true;
  return MERGING.has(at.layer.kind) && isChannelsFirst(at.inputs[0]);
}

const isFlattening = (node: Node) =>
  ["flatten", "reshape"].includes(node.layer?.kind ?? node.operation?.name ?? "") &&
  ranksOf(node) === 1 &&
  ranksOf(node.inputs[0]) > 1;

const count = ({ shape }: Node) => shape.reduce<number>((product, size) => product * (size ?? 0), 1);

/** Whether features of an image may come together in a way that is not looked through: by a function, or joined with others. */
function isUnclear(node: Node): boolean {
  if (node.isInput || ranksOf(node) !== 1) return false;
  if (node.layer && MERGING.has(node.layer.kind)) {
    return node.inputs.some((input) => {
      const from = behindKeeping(input);
      return isUnclear(from) || (isFlattening(from) && isChannelsFirst(from.inputs[0]));
    });
  }
  const isFunction = node.operation !== undefined || ["lambda", "custom"].includes(node.layer?.kind ?? "");
  // Of one place or one channel there is one order only.
  const isImage = (one: Node) => ranksOf(one) === 3 && one.shape[2] !== 1 && count(one) !== one.shape[2];
  return isFunction && node.inputs.some((input) => isImage(input) && count(input) === count(node));
}

const isUnfolding = (node: Node) =>
  node.layer?.kind === "reshape" && ranksOf(node) === 3 && ranksOf(node.inputs[0]) === 1;

function closedShape(node: Node): Shape | undefined {
  return node.shape.every((size) => size !== null) ? (node.shape as Shape) : undefined;
}

/** Finds layers whose features are those of a flattened image, or become one. */
function readOrders(nodes: readonly Node[], orders: Orders): Orders {
  for (const node of nodes) {
    const { layer } = node;
    const inner = (layer as { structure?: { nodes: readonly Node[] } } | undefined)?.structure;
    if (inner) readOrders(inner.nodes, orders);
    if (!layer || node.inputs.length === 0) continue;
    const from = behindKeeping(node.inputs[0]);
    if (isFlattening(from) && isChannelsFirst(from.inputs[0])) {
      const shape = closedShape(from.inputs[0]);
      if (shape) orders.flattened.set(layer, shape);
    } else if (isUnclear(from)) orders.unclear.add(layer);
    if (isUnfolding(node)) markUnfolded(node, orders);
  }
  return orders;
}

/** The layers whose features a `reshape` makes an image of. */
function markUnfolded(node: Node, orders: Orders): void {
  const shape = closedShape(node);
  if (!shape) return;
  let at = node.inputs[0];
  while (at.layer) {
    orders.unfolded.set(at.layer, shape);
    if (!KEEPING.has(at.layer.kind)) return;
    at = at.inputs[0];
  }
}

/** All layers of a model that have weights, in the order of its weights. */
export function placesOf(table: WeightTable, nodes: readonly Node[]): Place[] {
  const orders = readOrders(nodes, { flattened: new Map(), unfolded: new Map(), unclear: new Set() });
  const places = new Map<string, Place & { readonly weights: Map<string, Weight> }>();
  for (const weight of table.entries) {
    const { layer, name } = weight.innermost;
    const path = weight.name.slice(0, -name.length - 1);
    const around = [weight.layer, ...(weight.spec.within?.layers ?? [])];
    if (!places.has(path)) {
      places.set(path, {
        path,
        kind: layer.kind,
        options: layer.options,
        isNamed: around.every((one) => !one.isNamedByModel),
        weights: new Map(),
        flattened: orders.flattened.get(layer),
        unfolded: orders.unfolded.get(layer),
        isOrderUnclear: orders.unclear.has(layer),
      });
    }
    places.get(path)!.weights.set(name, weight);
  }
  return [...places.values()];
}
