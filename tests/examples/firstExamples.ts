import type { Examples } from "../../examples/datasets";
import { Tensor } from "../../src/index";

/** As many as a quick test has time for. */
export function firstExamples({ images, labels }: Examples, count: number): Examples {
  return {
    images: new Tensor(images.data.subarray(0, count * 784), [count, 28, 28]),
    labels: new Tensor(labels.data.subarray(0, count), [count]),
  };
}
