/**
 * What an operation is: the fields of its row, and two plain-loop kernels that define what it computes.
 *
 * The same definition serves four times: as the specification that the WebAssembly kernel of the same name is tested
 * against, as the float64 oracle of the gradient check, as the `js` engine, and as the pure-JavaScript side of the
 * benchmark. `assembly/` holds the fast twin, exported as `<name>Forward` and `<name>Backward`.
 */

import type { OutputRange } from "./range";

/** The memory a readable kernel works over. In the `js` engine all four are views of one buffer. */
export interface Memory {
  /** Every tensor. Addresses in a row are indices into it. Index 0 belongs to nobody: it means "absent". */
  readonly heap: Float32Array | Float64Array;
  /** Sums that are long enough to need float64: losses, metrics, norms. */
  readonly totals: Float64Array;
  /** Sample order and integer columns of a data set. */
  readonly integers: Int32Array;
  /** Byte columns of a data set, as they came. */
  readonly bytes: Uint8Array;
}

/** What differs from one step to the next, while rows stay as they are. */
export interface Step {
  /** Updates done before this one, over the life of the model. Counts from 0. */
  index: number;
  /** Where in `integers` the numbers of this step's samples begin. */
  order: number;
  learningRate: number;
}

/** How a field is stored, and what it means. Addresses are bytes in WebAssembly, indices in the readable kernels. */
export type FieldKind = "tensor" | "flag" | "totals" | "integers" | "bytes" | "count" | "number";

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
}

/** Names of the fields that an operation with these parts has. */
export type FieldName<Input extends string, Output extends string, Tensor extends string, Other extends string> =
  | Input
  | `d${Input}`
  | `addD${Input}`
  | Output
  | `d${Output}`
  | Tensor
  | Other;

export type Kernel<Name extends string> = (memory: Memory, row: Readonly<Record<Name, number>>, step: Step) => void;

/**
 * An operation as its file writes it down. A row holds, in this order: the two function slots; for every input its
 * tensor `x`, the gradient `dx` (0 when nobody wants it) and `addDx` (1: add to what stands there, 0: store); for every
 * output `y` and its gradient `dy`; then the rest as declared.
 */
interface Definition<
  Input extends string,
  Output extends string,
  Tensor extends string,
  Total extends string,
  Integer extends string,
  Byte extends string,
  Count extends string,
  Numeric extends string,
> {
  name: string;
  /** Tensors that get a gradient: activations and weights. */
  inputs?: readonly Input[];
  outputs?: readonly Output[];
  /** Tensors without a gradient: targets, optimizer state, workspace. */
  tensors?: readonly Tensor[];
  /** Addresses of float64 sums. */
  totals?: readonly Total[];
  /** Addresses of int32 data. */
  integers?: readonly Integer[];
  /** Those of `integers` that `forward` writes: results without a gradient, such as places of maxima. */
  results?: readonly Integer[];
  /** Addresses of uint8 data. */
  bytes?: readonly Byte[];
  /** int32 sizes and switches. */
  counts?: readonly Count[];
  /** float64 options. */
  numbers?: readonly Numeric[];
  /** Inputs and outputs whose values `backward` reads; the others may be overwritten after `forward`. */
  saves?: readonly (Input | Output)[];
  /** The first output may be written over the first input, and `dx` over `dy`: element i depends on element i only. */
  inPlace?: boolean;
  /** Between which bounds the first output's numbers are. Leave it out where that is not known. */
  range?: OutputRange;
  /** float32 elements of scratch memory one thread needs; the address arrives in the tensor field `workspace`. */
  workspace?: (counts: Readonly<Record<Count, number>>) => number;
  /** Floating-point operations of `forward`, for `model.program()` and the benchmark; by default one per output element. */
  flops?: (counts: Readonly<Record<Count, number>>) => number;
  /**
   * For operations that read some of the numbers of their first input: the step of plain gradient descent that changes no others. Its
   * row has the fields `w`, the input, and `d` + the name of each output; `limit`, the largest size of a number of the gradient; the
   * others are those of this operation.
   */
  descent?: Op;
  forward: Kernel<FieldName<Input, Output, Tensor, Total | Integer | Byte | Count | Numeric>>;
  backward?: Kernel<FieldName<Input, Output, Tensor, Total | Integer | Byte | Count | Numeric>>;
}

/** An operation as compiler and engines see it. */
export interface Op {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly tensors: readonly string[];
  readonly integers: readonly string[];
  readonly results: readonly string[];
  readonly counts: readonly string[];
  readonly numbers: readonly string[];
  readonly saves: readonly string[];
  readonly inPlace: boolean;
  /** Whether there is a way back through it. */
  readonly isDifferentiable: boolean;
  readonly fields: readonly Field[];
  readonly range?: OutputRange;
  readonly workspace?: (counts: Readonly<Record<string, number>>) => number;
  readonly flops?: (counts: Readonly<Record<string, number>>) => number;
  readonly descent?: Op;
}

/** The fields of an operation that may read a value of the graph. */
export function readsOf({ inputs, tensors, integers }: Op): readonly string[] {
  return [...inputs, ...tensors, ...integers];
}

/** An operation as its file defines it. Everybody but `readable.ts`, tests and benchmarks does without the kernels. */
export interface ReadableOp extends Op {
  readonly forward: Kernel<string>;
  readonly backward?: Kernel<string>;
}

/** Turns a definition into an operation: checks nothing, only lists the fields in the order they have in a row. */
export function defineOp<
  const Input extends string = never,
  const Output extends string = never,
  const Tensor extends string = never,
  const Total extends string = never,
  const Integer extends string = never,
  const Byte extends string = never,
  const Count extends string = never,
  const Numeric extends string = never,
>(definition: Definition<Input, Output, Tensor, Total, Integer, Byte, Count, Numeric>): ReadableOp {
  const { inputs = [], outputs = [], tensors = [], totals = [], integers = [], bytes = [] } = definition;
  const { counts = [], numbers = [] } = definition;
  const fields: Field[] = [];
  const list = (kind: FieldKind, names: readonly string[]) => {
    for (const name of names) fields.push({ name, kind });
  };
  for (const name of inputs) {
    list("tensor", [name, `d${name}`]);
    list("flag", [`addD${name}`]);
  }
  for (const name of outputs) list("tensor", [name, `d${name}`]);
  list("tensor", tensors);
  list("totals", totals);
  list("integers", integers);
  list("bytes", bytes);
  list("count", counts);
  list("number", numbers);
  return {
    ...(definition as unknown as ReadableOp),
    inputs,
    outputs,
    tensors,
    integers,
    results: definition.results ?? [],
    counts,
    numbers,
    saves: definition.saves ?? [],
    inPlace: definition.inPlace ?? false,
    isDifferentiable: definition.backward !== undefined,
    fields,
  };
}

/** One example of an operation, from which tests and benchmarks make a row, its tensors and their contents. */
export interface Example {
  /** Elements of every input, output and tensor, as a shape. An absent optional tensor has no entry. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly counts?: Readonly<Record<string, number>>;
  readonly numbers?: Readonly<Record<string, number>>;
  /** Element count of integer, byte and totals fields. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Contents of a field: from its flat index and a uniform number in [0, 1). By default uniform in [-1, 1). */
  readonly fill?: Readonly<Record<string, (uniform: number, index: number) => number>>;
  /** In the SIMD kernels a NaN reaches more numbers than it should: those that are computed together. */
  readonly nanReachesNeighbours?: boolean;
  /** Updates done before, the learning rate, and the sample numbers that stand at `step.order`. */
  readonly step?: { readonly index?: number; readonly learningRate?: number; readonly order?: readonly number[] };
}

/** What tests and benchmarks need to know of an operation; exported beside it as `examples`, so that bundles can drop it. */
export interface Examples {
  readonly op: Op;
  /** Largest difference of the float32 kernels from float64, relative to the largest value; 0 for exact copies. */
  readonly tolerance: number;
  /** Tolerance of the gradients where it differs. */
  readonly gradientTolerance?: number;
  /** The SIMD kernels may read and write the padding of tensors they write; by default those of in-place operations. */
  readonly touchesPadding?: boolean;
  /** Gradients of outputs that backward writes over. */
  readonly overwrites?: readonly string[];
  /** A NaN in an input may vanish, as where dropout drops it; by default one must reach an output or a total. */
  readonly hidesNaN?: boolean;
  /** A row of awkward size: called with 1, 3, 5, 7, 13, 16, 17 and a larger prime. */
  readonly sizes: (n: number) => Example | readonly Example[];
  /** A row worth timing. */
  readonly bench?: Example;
}
