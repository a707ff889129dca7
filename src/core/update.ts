import {
  learningRateAt,
  type Optimizer,
  type OptimizerName,
  resolveOptimizer,
  type Update,
  updatesOf,
} from "../optimizers/optimizers";
import { clipByNorm } from "../ops/optimizers/clipByNorm";
import { finiteNumber, integer, type Range } from "../options";
import type { Elementwise } from "./elementwise";
import { type CoreMachine, checkApart } from "./machine";
import type { Reductions } from "./reductions";
import { VectorKernel } from "./vectors";

/** An optimizer with its state, for one flat vector of weights. */
export interface Updater {
  /** Updates done, which schedules and bias corrections depend on. May be set, to go on from a saved state. */
  iterations: number;
  /** The optimizer's own vectors by the names Keras gives them, such as `momentum` and `velocity`. */
  readonly slots: Readonly<Record<string, Float32Array>>;
  /**
   * One update: clips the gradients in place and decays the weights where the optimizer says so, then applies its rule, each
   * in one pass.
   *
   * @param learningRate Default: the optimizer's own
   * @throws ArgumentError when one of its vectors has been released to the arena, or a number is out of range
   */
  step(learningRate?: number): void;
}

const WHO = "optimizer";
/** Made once: a step leaves nothing for the garbage collector. */
const NOT_NEGATIVE: Range = { min: 0 };

/** Takes the slots from the arena. */
export function updaterOf(
  machine: CoreMachine,
  { scale }: Elementwise,
  { squaredNorm }: Reductions,
  given: OptimizerName | Optimizer,
  weights: Float32Array,
  gradients: Float32Array,
): Updater {
  const optimizer = resolveOptimizer(given, WHO);
  const { arena } = machine;
  const { length } = weights;
  const w = arena.addressOf(weights, WHO, "weights");
  const g = machine.address(WHO, "gradients", gradients, length);
  checkApart(WHO, "weights and gradients", w, length, g, length);
  const vectors: Record<string, number> = { w, g };
  const slots: Record<string, Float32Array> = {};
  for (const { field, name, initial } of optimizer.slots) {
    slots[name] = arena.float32(length).fill(initial);
    vectors[field] = slots[name].byteOffset;
  }
  const owned = [weights, gradients, ...Object.values(slots)];
  const clip = (limit: number) => {
    const norm = Math.sqrt(squaredNorm(gradients));
    if (norm > limit) scale(gradients, gradients, limit / norm);
  };
  const passes = updatesOf(optimizer).map((update) =>
    update.op === clipByNorm ? () => clip(update.numbers.limit) : passOf(machine, update, vectors, length),
  );

  return {
    iterations: 0,
    slots,
    step(learningRate) {
      for (let i = 0; i < owned.length; i++) arena.addressOf(owned[i], WHO, "weights, gradients or state");
      const iterations = integer(WHO, "iterations", this.iterations, NOT_NEGATIVE);
      const given =
        learningRate === undefined ? undefined : finiteNumber(WHO, "learningRate", learningRate, NOT_NEGATIVE);
      machine.setStep(iterations, given ?? learningRateAt(optimizer, iterations));
      for (let i = 0; i < passes.length; i++) passes[i]();
      this.iterations++;
    },
  };
}

/** One pass of an update over the vectors that it names. */
function passOf(
  machine: CoreMachine,
  { op, numbers, counts }: Update,
  vectors: Readonly<Record<string, number>>,
  length: number,
): () => void {
  const { integers, doubles } = machine;
  const places = machine.places(op);
  const kernel = new VectorKernel(machine, op, "Forward", op.tensors);
  const own = Object.entries({
    ...counts,
    ...Object.fromEntries(op.tensors.map((name) => [name, vectors[name] ?? 0])),
  });
  const words = own.map(([name, value]) => ({ place: places[name], value }));
  const options = Object.entries(numbers).map(([name, value]) => ({ place: places[name], value }));
  return () => {
    for (let i = 0; i < words.length; i++) integers[words[i].place] = words[i].value;
    for (let i = 0; i < options.length; i++) doubles[options[i].place] = options[i].value;
    kernel.run(length);
  };
}
