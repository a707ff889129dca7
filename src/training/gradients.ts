import { sizeOf } from "../tensor/shape";
import { Tensor } from "../tensor/tensor";
import type { ReadyProgram, Runtime } from "../runtime/runtime";

/** What `gradients` returns: nothing in the model has changed. */
export interface Gradients {
  /** Of this batch. */
  readonly loss: number;
  /** The model's output in training mode; the first of several. */
  readonly output: Tensor<"float32">;
  /** By weight name; weights that are not trained are missing. */
  readonly weights: Record<string, Tensor<"float32">>;
  /** With respect to each input: zeros for one that leads to no loss but by comparisons, such as a mask. */
  readonly inputs: readonly Tensor<"float32">[];
}

/** Reads what a program of kind "gradients" has left in memory. */
export function readGradients(runtime: Runtime, program: ReadyProgram): Gradients {
  const { graph, inputs, outputs } = program.lowering;
  const copy = (values: Float32Array, shape: readonly number[]) => new Tensor<"float32">(values.slice(), shape);
  const weights: Record<string, Tensor<"float32">> = {};
  for (const value of graph.values) {
    const gradient = value.trainable ? runtime.readGradient(program, value) : undefined;
    if (gradient) weights[value.owner] = copy(gradient, value.shape);
  }
  return {
    loss: runtime.losses[0],
    output: copy(runtime.read(program, outputs[0]), outputs[0].shape),
    weights,
    inputs: inputs.map((value) => {
      const gradient = runtime.readGradient(program, value);
      return gradient ? copy(gradient, value.shape) : new Tensor(new Float32Array(sizeOf(value.shape)), value.shape);
    }),
  };
}
