import type { Shape } from "../../tensor/shape";
import { transposed } from "./arrange";
import type { Draft } from "./draft";
import type { StoredTensor } from "./file";
import { orientationFor } from "./rulesOfMatrices";

/** A projection of attention: [heads · size, features] as [features, heads, size]. */
function projection(
  draft: Draft,
  name: string,
  weightTensor: StoredTensor,
  bias: StoredTensor | undefined,
  part?: readonly [number, number],
): undefined {
  const kernel = draft.weight(`${name}/kernel`);
  const vector = draft.weight(`${name}/bias`);
  if (!kernel) return draft.fail(`the layer has no ${name}`);
  const { shape } = kernel.spec;
  const isOut = name === "attentionOutput";
  const rank = isOut ? shape.length - 1 : 1;
  const product = (sizes: Shape) => sizes.reduce((all, size) => all * size, 1);
  const [inputs, outputs] = isOut ? [product(shape.slice(0, -1)), shape[rank]] : [shape[0], product(shape.slice(1))];
  const [rows, columns] = weightTensor.shape;
  const [start, total] = part ?? [0, 1];
  const way = orientationFor(draft, weightTensor, [inputs, outputs * total]);
  if (weightTensor.shape.length !== 2 || !way) return draft.misfit(kernel, weightTensor);
  const make = () => {
    const matrix = way === "torch" ? transposed(weightTensor.read(), [rows, columns]) : weightTensor.read();
    return part ? columnsOf(matrix, inputs, outputs * total, start * outputs, outputs) : matrix;
  };
  draft.put(
    kernel,
    [weightTensor],
    make,
    `${part ? "its part of the joint projection, " : ""}${way === "torch" ? "transposed, " : ""}split into heads`,
  );
  if (!vector !== !bias) return draft.fail(`only one of both has a bias of ${name}`);
  if (!vector || !bias) return;
  if (product(bias.shape) !== vector.size * total) return draft.misfit(vector, bias);
  draft.put(
    vector,
    [bias],
    () => bias.read().slice(start * vector.size, (start + 1) * vector.size),
    part ? "its part of the joint projection" : "",
  );
}

/** Some columns of a matrix. */
function columnsOf(data: Float32Array, rows: number, columns: number, start: number, count: number): Float32Array {
  const result = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    result.set(data.subarray(row * columns + start, row * columns + start + count), row * count);
  }
  return result;
}

const PARTS = ["query", "key", "value"] as const;

/** PyTorch keeps the biases of queries, keys and values together where the matrices are apart. */
function thirdOf(bias: StoredTensor, part: number): StoredTensor {
  const size = bias.shape[0] / PARTS.length;
  return { ...bias, shape: [size], read: () => bias.read().slice(part * size, (part + 1) * size) };
}

export function attention(draft: Draft): undefined {
  if (draft.module.params.has("bias_k") || draft.module.params.has("bias_v"))
    draft.fail("adds biases to keys and values (add_bias_kv)");
  const joint = draft.param("in_proj_weight");
  const bias = draft.param("in_proj_bias");
  const out = draft.param("out_weight");
  for (const [i, name] of PARTS.entries()) {
    const own = joint ?? draft.param(`${name[0]}_proj_weight`) ?? draft.param(`${name}/weight`);
    const ownBias = draft.param(`${name}/bias`);
    if (!own) draft.fail(`has no ${name}`);
    else if (joint) projection(draft, name, joint, bias, [i, PARTS.length]);
    else projection(draft, name, own, bias ? thirdOf(bias, i) : ownBias);
  }
  if (!out) return draft.fail("has no projection of the output");
  return projection(draft, "attentionOutput", out, draft.param("out_bias"));
}
