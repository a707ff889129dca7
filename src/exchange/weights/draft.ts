import type { Weight } from "../../compiler/weightTable";
import { type Shape, showShape } from "../../tensor/shape";
import { countOf, type StoredTensor } from "./file";
import type { Module } from "./modules";
import type { Place } from "./places";

/** How matrices of a file stand: `torch` has outputs before inputs, `own` inputs before outputs, as here. */
export type Orientation = "torch" | "own" | "unclear";

/** What rules ask of the whole file. */
export interface FitContext {
  orientationOf(matrix: StoredTensor): Orientation;
  /** Whether features of images are put into the order of here behind `flatten`. */
  readonly permutesFeatures: boolean;
}

/** A weight and how its numbers are made. */
export interface Filling {
  readonly weight: Weight;
  readonly from: readonly StoredTensor[];
  /** What is done to the numbers, if anything. */
  readonly how: string;
  make(): Float32Array;
}

/** The weights of a layer made of a module, or why not. */
export class Draft {
  readonly fillings: Filling[] = [];
  readonly warnings: string[] = [];
  /** Why it does not fit: the first reason that was found. */
  reason: string | undefined;
  /** A matrix that fits both ways, where the file does not say which is meant. */
  unclear: StoredTensor | undefined;
  readonly #used = new Set<string>();

  constructor(
    readonly place: Place,
    readonly module: Module,
    readonly context: FitContext,
    /** Whether weights of the layer may be missing. */
    readonly isPartial = false,
  ) {}

  fail(reason: string): undefined {
    this.reason ??= reason;
  }

  param(name: string): StoredTensor | undefined {
    const found = this.module.params.get(name);
    if (found) this.#used.add(name);
    return found;
  }

  weight(name: string): Weight | undefined {
    return this.place.weights.get(name);
  }

  put(weight: Weight, from: readonly StoredTensor[], make: () => Float32Array, how = ""): undefined {
    this.fillings.push({ weight, from, make, how });
  }

  /** Both, or neither; else it does not fit. */
  both(weightName: string, paramName: string): { weight: Weight; tensor: StoredTensor } | undefined {
    const weight = this.weight(weightName);
    const tensor = this.param(paramName);
    if (weight && tensor) return { weight, tensor };
    if (weight && !this.isPartial) this.fail(`${weightName} has no counterpart ${paramName}`);
    if (tensor) this.fail(`the layer has no ${weightName} for ${paramName}`);
    return undefined;
  }

  /** A weight that is taken as it is, but for axes of length 1. */
  same(weightName: string, paramName: string): undefined {
    const pair = this.both(weightName, paramName);
    if (!pair) return;
    const { weight, tensor } = pair;
    const plain = (shape: Shape) => shape.filter((size) => size !== 1).join();
    if (plain(weight.spec.shape) !== plain(tensor.shape)) return this.misfit(weight, tensor);
    this.put(weight, [tensor], tensor.read);
  }

  misfit(weight: Weight, tensor: StoredTensor): undefined {
    this.fail(`${tensor.name} is ${showShape(tensor.shape)}, ${weight.name} is ${showShape(weight.spec.shape)}`);
  }

  /** Ends it: nothing of the module may be left. */
  finish(): this {
    for (const [name, tensor] of this.module.params) {
      if (!this.#used.has(name)) this.fail(`${tensor.name} has no place in a layer of the kind ${this.place.kind}`);
    }
    if (!this.isPartial && this.fillings.length < this.place.weights.size)
      this.fail("weights of the layer are missing in the file");
    for (const { weight, from } of this.fillings) {
      if (from.some(({ shape }) => countOf(shape) === 0)) this.fail(`${weight.name} would be empty`);
    }
    return this;
  }
}
