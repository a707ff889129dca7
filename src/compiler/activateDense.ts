import type { Operation } from "../graph/graph";
import { dense } from "../ops/dense";
import { denseRelu } from "../ops/denseRelu";
import { denseSigmoid } from "../ops/denseSigmoid";
import { denseTanh } from "../ops/denseTanh";
import type { Op } from "../ops/op";
import { relu } from "../ops/relu";
import { sigmoid } from "../ops/sigmoid";
import { tanh } from "../ops/tanh";

const activated: ReadonlyMap<Op, Op> = new Map([
  [relu, denseRelu],
  [sigmoid, denseSigmoid],
  [tanh, denseTanh],
]);

/** A dense layer and its activation as one row, which small nets spend a good part of their time on. */
export function activateDense(product: Operation, activation: Operation): Operation | undefined {
  const op = product.op === dense ? activated.get(activation.op) : undefined;
  return op && { ...product, op, values: { ...product.values, y: activation.values.y } };
}
