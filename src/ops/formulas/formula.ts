import { encodeFormula, OPERANDS } from "./code";
import type { InstructionName } from "./instructions";
import { insertSteps, type Steps, stepsOf } from "./steps";

/** Steps of a formula that another still goes into: what is computed again backward stays in proportion. */
const MOST_STEPS = 48;

/**
 * What an operation `formula` computes. It brings along how it is written down and joined with others, so that the compiler,
 * and what most models load, need to know nothing of instructions.
 */
export class Formula {
  constructor(readonly steps: Steps) {}

  /** The formula of one instruction over different operands. */
  static of(name: InstructionName): Formula {
    return new Formula(stepsOf(name));
  }

  /** The code of the formula and of its derivatives by the operands that are wanted. */
  encode(wanted: readonly boolean[]): Int32Array {
    return encodeFormula(this.steps, wanted);
  }

  /**
   * This formula with another in the place of one of its operands, of so many operands in all; `numbers` says which of them the
   * operands of both are. Undefined where both together are too much for one.
   */
  insert(
    place: number,
    inner: Formula,
    operands: number,
    numbers: { readonly outer: readonly number[]; readonly inner: readonly number[] },
  ): Formula | undefined {
    if (operands > OPERANDS) return undefined;
    const steps = insertSteps(this.steps, place, inner.steps, operands, numbers);
    if (steps.steps.length > MOST_STEPS) return undefined;
    try {
      encodeFormula(steps, new Array(operands).fill(true));
    } catch {
      // There are not registers enough for all derivatives.
      return undefined;
    }
    return new Formula(steps);
  }
}
