import { BATCH, type Dimension, isSame } from "../../graph/dimension";
import type { Node } from "../../graph/node";
import { sizeOf } from "../../tensor/shape";

/** What numbers mean: wasmgrad computes with float32 throughout, but integers divide otherwise. */
export type Meaning = "float" | "int" | "bool";

/** Numbers row by row; sizes of tensors may be among them, which may depend on the batch. */
export type Numbers = ArrayLike<Dimension>;

/** A tensor that is known before there is data. */
export class Constant {
  #numbers: Numbers | undefined;

  constructor(
    /** As its numbers are kept: with length 1 along axes that they are the same along. */
    readonly shape: readonly number[],
    numbers: Numbers | (() => Numbers),
    readonly meaning: Meaning,
    readonly about: {
      /** The tensor in the file. */
      readonly name?: string | undefined;
      /** The initializer whose numbers these are, perhaps in another order: what was learnt. */
      readonly origin?: string | undefined;
      /** Whether all its numbers are one, which the file made. */
      readonly isFilled?: boolean | undefined;
      /** All sizes, where some of them depend on the batch. */
      readonly sizes?: readonly Dimension[] | undefined;
    } = {},
  ) {
    if (typeof numbers === "function") this.#make = numbers;
    else this.#numbers = numbers;
  }

  readonly #make?: () => Numbers;

  get sizes(): readonly Dimension[] {
    return this.about.sizes ?? this.shape;
  }

  /** Whether it is repeated along the batch. */
  get isOpen(): boolean {
    return this.sizes.some((size) => typeof size !== "number");
  }

  get count(): number {
    return sizeOf(this.shape);
  }

  get numbers(): Numbers {
    // What is made of nothing is made again rather than kept.
    return this.#numbers ?? this.#make!();
  }

  /** All numbers, none of which depends on the batch; undefined where one does. */
  get plain(): ArrayLike<number> | undefined {
    const { numbers } = this;
    if (ArrayBuffer.isView(numbers)) return numbers as ArrayLike<number> & ArrayBufferView;
    return Array.prototype.every.call(numbers, (value: Dimension) => typeof value === "number")
      ? (numbers as ArrayLike<number>)
      : undefined;
  }

  /** With other numbers or sizes, of the same meaning and origin. */
  with(shape: readonly number[], numbers: Numbers | (() => Numbers), sizes?: readonly Dimension[]): Constant {
    return new Constant(shape, numbers, this.meaning, { ...this.about, sizes });
  }

  called(name: string): Constant {
    const numbers = this.#numbers ?? this.#make!;
    return new Constant(this.shape, numbers, this.meaning, { ...this.about, name });
  }
}

/** A tensor that is computed: a node, and which of its axes each axis of the file's tensor is. */
export class Held {
  constructor(
    readonly node: Node,
    /** Axis i of the file's tensor is axis `axes[i]` of the node. */
    readonly axes: readonly number[],
    readonly meaning: Meaning = "float",
    /** Where the places of the last axis stand in the file's order, if they were not brought into it. */
    readonly places?: Int32Array,
  ) {}

  /** Sizes in the file's order. */
  get sizes(): Dimension[] {
    return this.axes.map((axis) => this.node.dimensions[axis]);
  }

  get rank(): number {
    return this.axes.length;
  }

  /** Whether the batch is no axis of the file's tensor: each is one sample. */
  get isSample(): boolean {
    return this.node.dimensions.length > this.axes.length;
  }

  /** The axis of the file's tensor that is the batch, −1 where there is none. */
  get batchAxis(): number {
    return this.sizes.findIndex((size) => isSame(size, BATCH));
  }

  /** Another node with the same axes. */
  with(node: Node, meaning: Meaning = this.meaning): Held {
    return new Held(node, this.axes, meaning, this.places);
  }
}

export type Value = Constant | Held;

export const whole = (numbers: readonly Dimension[]): Constant => new Constant([numbers.length], numbers, "int");
