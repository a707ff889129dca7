import { activationWriters } from "./activations";
import { attentionWriters } from "./attention";
import { elementwiseWriters } from "./elementwise";
import { normalizationWriters } from "./normalizations";
import { productWriters } from "./products";
import { recurrentWriters } from "./recurrent";
import { shapingWriters } from "./shaping";
import { windowWriters } from "./windows";
import type { Writers } from "./writer";

/** How each operation that predicts is written in ONNX, by its name. */
export const writers: Writers = {
  ...productWriters,
  ...windowWriters,
  ...normalizationWriters,
  ...activationWriters,
  ...elementwiseWriters,
  ...shapingWriters,
  ...recurrentWriters,
  ...attentionWriters,
};
