import type { Draft } from "./draft";
import { feature, reordered } from "./rulesOfMatrices";

/** What PyTorch begins with, where here another number stands: a file of weights has neither. */
function compareOption(draft: Draft, name: string, own: number, torch: number): undefined {
  const value = draft.place.options[name] ?? own;
  if (value === torch) return;
  draft.warnings.push(
    `${draft.place.path}: ${name} is ${String(value)}, PyTorch's default is ${torch}; the file does not say which its layer had.`,
  );
}

export function batchNormalization(draft: Draft): undefined {
  const { flattened, unfolded } = draft.place;
  const image = flattened ?? unfolded;
  feature(draft, "gamma", "weight", image);
  feature(draft, "beta", "bias", image);
  feature(draft, "moving_mean", "running_mean", image);
  feature(draft, "moving_variance", "running_var", image);
  compareOption(draft, "epsilon", 1e-3, 1e-5);
  compareOption(draft, "momentum", 0.99, 0.9);
}

export function normalization(draft: Draft): undefined {
  const { flattened, unfolded } = draft.place;
  feature(draft, "gamma", "weight", flattened ?? unfolded);
  feature(draft, "beta", "bias", flattened ?? unfolded);
  if (draft.place.kind !== "rmsNormalization") compareOption(draft, "epsilon", 1e-3, 1e-5);
}

/** One slope, or one for each channel. */
export function prelu(draft: Draft): undefined {
  const pair = draft.both("alpha", "weight");
  if (!pair) return;
  const { weight, tensor } = pair;
  if (tensor.shape.length === 1 && tensor.shape[0] === 1 && weight.size > 1) {
    draft.put(weight, [tensor], () => new Float32Array(weight.size).fill(tensor.read()[0]), "its one slope repeated");
    draft.warnings.push(
      `${draft.place.path}: had one slope for all channels; here each has its own, which training will change.`,
    );
    return;
  }
  const order = reordered(draft.place.flattened, draft.context);
  if (order) feature(draft, "alpha", "weight", draft.place.flattened);
  else draft.same("alpha", "weight");
}
