import { createHash } from "node:crypto";
import { Tensor } from "wasmgrad";
import type { Examples } from "./datasets";

/** An image the model was wrong about. */
export interface Mistake {
  readonly image: Uint8Array;
  readonly label: number;
  readonly predicted: number;
  /** What the model gave for its answer, 0 to 1. */
  readonly probability: number;
}

export interface Findings {
  /** int32 [classes, classes]: a row a true class, a column a predicted one. */
  readonly confusion: Tensor;
  /** The surest first. */
  readonly mistakes: readonly Mistake[];
}

/** What the predictions `[count, classes]` for some examples get right and wrong. */
export function judge(predictions: Tensor, { images, labels }: Examples): Findings {
  const [count, classes] = predictions.shape;
  const pixels = images.size / count;
  const confusion = new Int32Array(classes * classes);
  const mistakes: Mistake[] = [];
  for (let i = 0; i < count; i++) {
    const probabilities = predictions.data.subarray(i * classes, (i + 1) * classes);
    const probability = Math.max(...probabilities);
    const predicted = probabilities.indexOf(probability);
    const label = labels.data[i];
    confusion[label * classes + predicted]++;
    if (predicted === label) continue;
    const image = (images.data as Uint8Array).subarray(i * pixels, (i + 1) * pixels);
    mistakes.push({ image, label, predicted, probability });
  }
  mistakes.sort((a, b) => b.probability - a.probability);
  return { confusion: new Tensor(confusion, [classes, classes]), mistakes };
}

/** SHA-256, in hexadecimal, of the bytes of all weights in layer order. */
export function hashWeights(weights: Readonly<Record<string, Tensor>>): string {
  const hash = createHash("sha256");
  for (const { data } of Object.values(weights)) hash.update(data);
  return hash.digest("hex");
}
