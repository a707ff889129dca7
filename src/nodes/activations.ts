import { type Activation, activations, emitActivation } from "../activations/activations";
import type { Node } from "../graph/node";
import { makeNode, type NodeLike, toFloat } from "./operation";

/** @internal An activation over a node, as files have it: by name and options. */
export function activate(x: NodeLike, activation: Activation): Node {
  const node = toFloat(x, `ops.${activation.name}`);
  const { name, options } = activation;
  return makeNode("activation", { name, options }, [node], node.dimensions, (graph, [value], _, owner) =>
    emitActivation(graph, activation, value, owner),
  );
}

/** max(x, 0). Shape unchanged. */
export function relu(x: NodeLike): Node {
  return activate(x, activations.relu());
}

/** min(max(x, 0), 6). Shape unchanged. */
export function relu6(x: NodeLike): Node {
  return activate(x, activations.relu6());
}

/** 1.0507·x where positive, 1.0507·1.6733·(eˣ − 1) elsewhere. Shape unchanged. */
export function selu(x: NodeLike): Node {
  return activate(x, activations.selu());
}

/** x·σ(x). Shape unchanged. */
export function silu(x: NodeLike): Node {
  return activate(x, activations.silu());
}

/** x·tanh(log(1 + eˣ)). Shape unchanged. */
export function mish(x: NodeLike): Node {
  return activate(x, activations.mish());
}

/** min(max(slope·x + ½, 0), 1); slope is 1/6 by default. Shape unchanged. */
export function hardSigmoid(x: NodeLike, slope = 1 / 6): Node {
  return activate(x, activations.hardSigmoid({ slope }));
}

/** log(1 + eˣ), without overflow. Shape unchanged. */
export function softplus(x: NodeLike): Node {
  return activate(x, activations.softplus());
}

/** x/(1 + |x|). Shape unchanged. */
export function softsign(x: NodeLike): Node {
  return activate(x, activations.softsign());
}

/** x where positive, negativeSlope·x (default 0.2) elsewhere. Shape unchanged. */
export function leakyRelu(x: NodeLike, negativeSlope = 0.2): Node {
  return activate(x, activations.leakyRelu({ negativeSlope }));
}

/** x where positive, alpha·(eˣ − 1) elsewhere; alpha is 1 by default. Shape unchanged. */
export function elu(x: NodeLike, alpha = 1): Node {
  return activate(x, activations.elu({ alpha }));
}

/** x·Φ(x), with `approximate` by a hyperbolic tangent. Shape unchanged. */
export function gelu(x: NodeLike, approximate = false): Node {
  return activate(x, activations.gelu({ approximate }));
}
