import { blocks, summed, transposed } from "./arrange";
import type { Draft } from "./draft";
import { isSame } from "./rulesOfMatrices";

/** Places of the gates of here among those of PyTorch: of gru update, reset, new of reset, update, new. */
const GATES: Readonly<Record<string, readonly number[]>> = { lstm: [0, 1, 2, 3], gru: [1, 0, 2], simpleRNN: [0] };

export function recurrent(draft: Draft): undefined {
  const { kind, options } = draft.place;
  const gates = GATES[kind];
  if (draft.module.params.has("weight_hr"))
    draft.fail("has a projection of its state (proj_size), which layers here do not have");
  if (kind === "gru" && options.resetAfter === false)
    draft.fail("PyTorch resets behind the product: resetAfter must be true");
  const order = kind === "gru" ? ", its gates in the order of here" : "";
  for (const [weightName, paramName] of [
    ["kernel", "weight_ih"],
    ["recurrent_kernel", "weight_hh"],
  ]) {
    const pair = draft.both(weightName, paramName);
    if (!pair) continue;
    const { weight, tensor } = pair;
    const { shape } = weight.spec;
    if (!isSame(tensor.shape, [shape[1], shape[0]])) {
      draft.misfit(weight, tensor);
      continue;
    }
    draft.put(weight, [tensor], () => transposed(blocks(tensor.read(), gates), tensor.shape), `transposed${order}`);
  }
  recurrentBias(draft, gates, order);
}

function recurrentBias(draft: Draft, gates: readonly number[], order: string): undefined {
  const weight = draft.weight("bias");
  const [input, hidden] = [draft.param("bias_ih"), draft.param("bias_hh")];
  if (!weight && !input && !hidden) return;
  if (!weight || !input || !hidden) return draft.fail("only one of both has biases");
  const columns = weight.spec.shape.at(-1)!;
  if (!isSame(input.shape, [columns]) || !isSame(hidden.shape, [columns])) return draft.misfit(weight, input);
  const isApart = weight.spec.shape.length === 2;
  const make = () => {
    const [a, b] = [input, hidden].map((tensor) => blocks(tensor.read(), gates));
    return isApart ? Float32Array.of(...a, ...b) : summed(a, b);
  };
  draft.put(weight, [input, hidden], make, isApart ? `side by side${order}` : "added");
}
