import { instruction, type InstructionName, type Term } from "./instructions";

/** A step: an instruction and the terms it takes. Terms number the operands first, then the steps. */
export type FormulaStep =
  | { readonly name: InstructionName; readonly terms: readonly Term[] }
  | { readonly constant: number };

/** One number for each element, from the elements of the operands at the same place. The last step is the result. */
export interface Steps {
  readonly operands: number;
  readonly steps: readonly FormulaStep[];
}

/** Collects steps; the same step is written once. */
export class FormulaBuilder {
  readonly steps: FormulaStep[] = [];
  readonly #known = new Map<string, Term>();

  constructor(readonly operands: number) {}

  #add(key: string, step: FormulaStep): Term {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.steps.push(step);
    const term = this.operands + this.steps.length - 1;
    this.#known.set(key, term);
    return term;
  }

  step(name: string, ...terms: Term[]): Term {
    return this.#add(`${name} ${terms}`, { name: name as InstructionName, terms });
  }

  constant(value: number): Term {
    return this.#add(`constant ${Object.is(value, -0) ? "-0" : value}`, { constant: Math.fround(value) });
  }
}

/** A formula of one instruction over different operands. */
export function stepsOf(name: InstructionName): Steps {
  const { arity } = instruction(name);
  return { operands: arity, steps: [{ name, terms: Array.from({ length: arity }, (_, i) => i) }] };
}

/**
 * The first formula with operand `place` replaced by the second formula. `first` and `second` say which operands of the whole
 * theirs are.
 */
export function insertSteps(
  outer: Steps,
  place: number,
  inner: Steps,
  operands: number,
  numbers: { readonly outer: readonly number[]; readonly inner: readonly number[] },
): Steps {
  const builder = new FormulaBuilder(operands);
  const copy = ({ operands: own, steps }: Steps, of: (operand: number) => Term): Term => {
    const terms: Term[] = [];
    const termOf = (term: Term) => (term < own ? of(term) : terms[term - own]);
    for (const step of steps) {
      terms.push("name" in step ? builder.step(step.name, ...step.terms.map(termOf)) : builder.constant(step.constant));
    }
    return terms[terms.length - 1];
  };
  const value = copy(inner, (operand) => numbers.inner[operand]);
  const result = copy(outer, (operand) => (operand === place ? value : numbers.outer[operand]));
  // The result is the last step, even when the builder knew it before.
  if (result !== operands + builder.steps.length - 1) builder.steps.push({ name: "copy", terms: [result] });
  return { operands, steps: builder.steps };
}
