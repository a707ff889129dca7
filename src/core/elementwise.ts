import { ArgumentError } from "../errors";
import {
  type Activation as ActivationFormula,
  type ActivationName,
  resolveActivation,
} from "../activations/activations";
import { add } from "../ops/add";
import { multiply } from "../ops/multiply";
import type { Op } from "../ops/op";
import { rescaling } from "../ops/rescaling";
import { subtract } from "../ops/subtract";
import { finiteNumber, type Range } from "../options";
import { type CoreMachine, checkApart } from "./machine";
import { VectorKernel } from "./vectors";

/** Made once: a call leaves nothing for the garbage collector. */
const ANY: Range = {};

/** An activation, element by element. */
export interface Activation {
  /** As in `activations`. */
  readonly name: string;
  /** What `backward` needs: the input x of `forward`, or its output y. */
  readonly saves: "x" | "y";
  /**
   * y = f(x)
   *
   * @param y of the length of x; x itself or apart from it
   * @throws ArgumentError for arrays that are not of this core or overlap in part, ShapeError when they differ in length
   */
  forward(x: Float32Array, y: Float32Array): void;
  /**
   * dx (=|+=) f′·dy
   *
   * @param saved the x or y of `forward`, as `saves` says
   * @param dy the gradient of y
   * @param dx of the same length; dy itself, or apart from the others
   * @param add whether to add to what is in dx. Default false: store
   * @throws as `forward`
   */
  backward(saved: Float32Array, dy: Float32Array, dx: Float32Array, add?: boolean): void;
}

/** The activations that work element by element. */
export type ElementwiseActivation = Exclude<ActivationName, "linear" | "softmax" | "logSoftmax">;

/** Operations element by element, on arrays of any shape and the same length. */
export interface Elementwise {
  /**
   * The two directions of an activation. Make it once and keep it.
   *
   * @param activation a name, or what `activations.leakyRelu({ … })` returns
   * @throws ArgumentError when it is unknown or works along rows
   */
  activation(activation: ElementwiseActivation | ActivationFormula): Activation;
  /**
   * y = a + b
   *
   * @param y a or b itself, or apart from them
   * @throws ArgumentError for arrays that are not of this core or overlap in part, ShapeError when they differ in length
   */
  add(a: Float32Array, b: Float32Array, y: Float32Array): void;
  /** y = a − b. Parameters and errors as those of `add`. */
  subtract(a: Float32Array, b: Float32Array, y: Float32Array): void;
  /** y = a·b. Parameters and errors as those of `add`. */
  multiply(a: Float32Array, b: Float32Array, y: Float32Array): void;
  /**
   * y = factor·x + offset
   *
   * @param y x itself or apart from it
   * @param offset Default 0
   * @throws as `add`
   */
  scale(x: Float32Array, y: Float32Array, factor: number, offset?: number): void;
}

/** Refuses vectors that share some elements but not all. */
function checkWhole(who: string, names: string, a: number, b: number, length: number): void {
  if (a !== b) checkApart(who, names, a, length, b, length);
}

function activationOf(machine: CoreMachine, { name, op, numbers }: ActivationFormula & { op: Op }): Activation {
  const { arena, integers, doubles } = machine;
  const places = machine.places(op);
  const [saves] = op.saves as ["x" | "y"];
  const run = new VectorKernel(machine, op, "Forward", ["x", "y"]);
  const runBack = new VectorKernel(machine, op, "Backward", [saves, "dy", "dx"]);
  const options = Object.entries(numbers).map(([option, value]) => ({ place: places[option], value }));
  const who = `${name}.forward`;
  const whoBack = `${name}.backward`;
  return {
    name,
    saves,
    forward(x, y) {
      const atX = arena.addressOf(x, who, "x");
      const atY = machine.address(who, "y", y, x.length);
      checkWhole(who, "y and another part of x", atY, atX, x.length);
      integers[places.x] = atX;
      integers[places.y] = atY;
      for (let i = 0; i < options.length; i++) doubles[options[i].place] = options[i].value;
      run.run(x.length);
    },
    backward(saved, dy, dx, add = false) {
      const { length } = saved;
      const atSaved = arena.addressOf(saved, whoBack, "saved");
      const atDy = machine.address(whoBack, "dy", dy, length);
      const atDx = machine.address(whoBack, "dx", dx, length);
      checkApart(whoBack, "dx and saved", atDx, length, atSaved, length);
      checkWhole(whoBack, "dx and another part of dy", atDx, atDy, length);
      integers[places[saves]] = atSaved;
      integers[places.dy] = atDy;
      integers[places.dx] = atDx;
      integers[places.addDx] = add ? 1 : 0;
      for (let i = 0; i < options.length; i++) doubles[options[i].place] = options[i].value;
      runBack.run(length);
    },
  };
}

function binaryOf(machine: CoreMachine, op: Op): Elementwise["add"] {
  const { arena, integers } = machine;
  const places = machine.places(op);
  const kernel = new VectorKernel(machine, op, "Forward", ["a", "b", "y"]);
  const who = op.name;
  return (a, b, y) => {
    const { length } = a;
    const atA = arena.addressOf(a, who, "a");
    const atB = machine.address(who, "b", b, length);
    const atY = machine.address(who, "y", y, length);
    checkWhole(who, "y and another part of a", atY, atA, length);
    checkWhole(who, "y and another part of b", atY, atB, length);
    integers[places.a] = atA;
    integers[places.b] = atB;
    integers[places.y] = atY;
    kernel.run(length);
  };
}

export function elementwiseOf(machine: CoreMachine): Elementwise {
  const { arena, integers, doubles } = machine;
  const places = machine.places(rescaling);
  const rescale = new VectorKernel(machine, rescaling, "Forward", ["x", "y"]);
  return {
    activation(activation) {
      const formula = resolveActivation(activation, "activation");
      if (formula.rowwise) {
        throw new ArgumentError(`activation: ${formula.name} works along rows. Use core.${formula.name}.`);
      }
      const { op, traced } = formula;
      if (traced) throw new ArgumentError("activation: functions over nodes belong into models. Write it with arrays.");
      if (!op) throw new ArgumentError("activation: linear changes nothing.");
      return activationOf(machine, { ...formula, op });
    },
    add: binaryOf(machine, add),
    subtract: binaryOf(machine, subtract),
    multiply: binaryOf(machine, multiply),
    scale(x, y, factor, offset = 0) {
      finiteNumber("scale", "factor", factor, ANY);
      finiteNumber("scale", "offset", offset, ANY);
      const atX = arena.addressOf(x, "scale", "x");
      const atY = machine.address("scale", "y", y, x.length);
      checkWhole("scale", "y and another part of x", atY, atX, x.length);
      integers[places.x] = atX;
      integers[places.y] = atY;
      doubles[places.scale] = factor;
      doubles[places.offset] = offset;
      rescale.run(x.length);
    },
  };
}
