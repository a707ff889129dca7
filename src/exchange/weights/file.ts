import type { Shape } from "../../tensor/shape";

/** A tensor of a file of weights, whose numbers are read when they are asked for. */
export interface StoredTensor {
  /** As in the file: `"layer1.0.conv.weight"`, `"dense/kernel"`. */
  readonly name: string;
  readonly shape: Shape;
  /** As NumPy calls it, or a format its own: `"float16"`, `"q8_0"`. */
  readonly dtype: string;
  /** The same of tensors that are the same numbers in the file. */
  readonly identity?: string;
  /** Its name in the file, where what wrappers put before all names is taken off. */
  readonly fileName?: string;
  /** The path of names of its layers, where the file has them beside those of classes. */
  readonly alias?: string;
  /** The numbers in float32, row by row. */
  read(): Float32Array;
}

/** What is read of a file of weights. */
export interface WeightFile {
  readonly producer: string;
  readonly tensors: readonly StoredTensor[];
  /**
   * What the order of tensors says: that in which their layers were made, nothing (sorted by name), or that of layers of one class
   * (`dense`, `dense_1`).
   */
  readonly order: "made" | "names" | "classes";
  /** What of the file is left out. */
  readonly skipped: readonly string[];
}

/** Whether numbers of a type stand for numbers and not for counts, indices or masks. */
export const isFloating = (dtype: string): boolean => !/^(u?int|bool)/.test(dtype);

export const countOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** What `DataParallel` and `torch.compile` put before the names of what they wrap. */
const WRAPPERS = ["module.", "_orig_mod."];

/** Takes the names of wrappers off, where all tensors have them. */
export function withoutWrappers(tensors: readonly StoredTensor[]): readonly StoredTensor[] {
  const wrapper = WRAPPERS.find((prefix) => tensors.length > 0 && tensors.every(({ name }) => name.startsWith(prefix)));
  if (wrapper === undefined) return tensors;
  return withoutWrappers(
    tensors.map((tensor) => {
      const { name, fileName = name } = tensor;
      return { ...tensor, name: name.slice(wrapper.length), fileName };
    }),
  );
}
