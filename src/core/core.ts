import { compileModule } from "../engine/module/modules";
import { MemoryLimitError } from "../errors";
import { checkOptions, integer, oneOf } from "../options";
import type { Optimizer, OptimizerName } from "../optimizers/optimizers";
import type { Arena } from "./arena";
import { type Convolution, type ConvolutionOptions, convolutionOf } from "./convolution";
import { type Elementwise, elementwiseOf } from "./elementwise";
import { CoreMachine } from "./machine";
import { type Products, productsOf } from "./products";
import { type Reductions, reductionsOf } from "./reductions";
import { type Softmax, softmaxOf } from "./softmax";
import { type Updater, updaterOf } from "./update";

/** Options of `createCore`. */
export interface CoreOptions {
  /** Bytes of the arena: 4 for every float32, each array rounded up to 64. At most a little under 4 GB. */
  readonly bytes: number;
  /** `"strict"` (default): the same bits on every machine. `"relaxed"`: fused multiply-add where the engine has it. */
  readonly math?: "strict" | "relaxed" | undefined;
}

/**
 * The kernels that models are trained with, as functions over arrays of one memory. They compute at once, on the calling
 * thread, allocate nothing, copy nothing, and give the same bits as in a model. Every array they take is a `Float32Array` of
 * `arena`, or a part of one (`subarray`).
 */
export interface Core extends Products, Softmax, Elementwise, Reductions {
  /** Where arrays come from. */
  readonly arena: Arena;
  /**
   * A convolution of fixed sizes. Make it once and keep it.
   *
   * @throws ArgumentError for options out of range, ShapeError when the kernel does not fit into the image
   */
  conv2d(options: ConvolutionOptions): Convolution;
  /**
   * An optimizer for a flat vector of weights, with its state in new arrays of the arena. `clipNorm` takes the vector for one
   * weight.
   *
   * @param optimizer a name, or what `optimizers.adam({ … })` returns
   * @param gradients of the length of the weights, apart from them; read by every step
   * @throws ArgumentError, ShapeError; MemoryLimitError when the arena has no room for the state
   */
  optimizer(optimizer: OptimizerName | Optimizer, weights: Float32Array, gradients: Float32Array): Updater;
}

/** What 32-bit addresses reach, less what the core needs besides its arena. */
const MOST_BYTES = 2 ** 32 - 2 ** 20;

/**
 * Makes a core with memory of its own, which is all of it that there will ever be. The garbage collector takes it when nobody
 * has it or one of its arrays any more.
 *
 * @throws ArgumentError for options out of range; MemoryLimitError when there is not so much memory; WebAssemblyError where
 *   WebAssembly is forbidden, or `configure` was given something else than this version's module
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  checkOptions("createCore", options, ["bytes", "math"]);
  const bytes = Math.ceil(integer("createCore", "bytes", options?.bytes) / 64) * 64;
  const math = oneOf("createCore", "math", options.math ?? "strict", ["strict", "relaxed"] as const);
  if (bytes > MOST_BYTES) throw new MemoryLimitError(`createCore: bytes can be at most ${MOST_BYTES}, got ${bytes}.`);
  const machine = new CoreMachine(await compileModule(math), bytes);
  const elementwise = elementwiseOf(machine);
  const reductions = reductionsOf(machine);
  return Object.freeze({
    arena: machine.arena,
    ...productsOf(machine),
    ...softmaxOf(machine),
    ...elementwise,
    ...reductions,
    conv2d: (conv: ConvolutionOptions) => convolutionOf(machine, conv),
    optimizer: (optimizer: OptimizerName | Optimizer, weights: Float32Array, gradients: Float32Array) =>
      updaterOf(machine, elementwise, reductions, optimizer, weights, gradients),
  });
}
