import type { Op } from "../ops/op";
import { reduceDot } from "../ops/reduceDot";
import { reduceMax } from "../ops/reduceMax";
import { reduceSum } from "../ops/reduceSum";
import type { CoreMachine } from "./machine";

/** Numbers from vectors, computed in float64. The order of a sum depends on its length alone. */
export interface Reductions {
  /**
   * Σ x_i
   *
   * @throws ArgumentError for an array that is not of this core
   */
  sum(x: Float32Array): number;
  /** Σ x_i / n. Throws as `sum`. */
  mean(x: Float32Array): number;
  /** The largest x_i; NaN when there is one. Throws as `sum`. */
  max(x: Float32Array): number;
  /** Σ x_i², the square of the length of x. Throws as `sum`. */
  squaredNorm(x: Float32Array): number;
  /**
   * Σ a_i·b_i
   *
   * @throws ArgumentError for arrays that are not of this core, ShapeError when they differ in length
   */
  dot(a: Float32Array, b: Float32Array): number;
}

export function reductionsOf(machine: CoreMachine): Reductions {
  const { arena, integers } = machine;

  const ofOne = (who: string, op: Op) => {
    const run = machine.kernel(op, "Forward");
    const places = machine.places(op);
    return (x: Float32Array) => {
      integers[places.x] = arena.addressOf(x, who, "x");
      integers[places.result] = machine.resultAddress;
      integers[places.count] = x.length;
      run();
      return machine.result;
    };
  };

  const runDot = machine.kernel(reduceDot, "Forward");
  const places = machine.places(reduceDot);
  const dotOf = (atA: number, atB: number, count: number) => {
    integers[places.a] = atA;
    integers[places.b] = atB;
    integers[places.result] = machine.resultAddress;
    integers[places.count] = count;
    runDot();
    return machine.result;
  };

  const meanSum = ofOne("mean", reduceSum);
  return {
    sum: ofOne("sum", reduceSum),
    mean: (x) => meanSum(x) / x.length,
    max: ofOne("max", reduceMax),
    squaredNorm(x) {
      const address = arena.addressOf(x, "squaredNorm", "x");
      return dotOf(address, address, x.length);
    },
    dot: (a, b) => dotOf(arena.addressOf(a, "dot", "a"), machine.address("dot", "b", b, a.length), a.length),
  };
}
