import { InternalError } from "../../errors";
import { FormulaBuilder, type FormulaStep, type Steps } from "./steps";
import { INSTRUCTION_NAMES, instruction, type Term } from "./instructions";

/**
 * Formulas, and the code that kernels run: int32 words.
 *
 *     [constants forward, steps forward, constants backward, steps backward, then two words for each of them in this order]
 *     word 0: instruction │ target register << 8 │ first argument << 16 │ second << 24      word 1: third argument, or bits of a constant
 *
 * Registers are blocks of numbers: operands, y, dy, the gradients of the operands, and then those for results in between.
 */

/** Tensors that one formula reads at most. */
export const OPERANDS = 10;
export const REGISTER = { y: OPERANDS, dy: OPERANDS + 1, gradients: OPERANDS + 2, first: 2 * OPERANDS + 2 } as const;
/** Registers for results in between. */
export const SPARE_REGISTERS = 40;
/** Numbers of a register: so many elements go through a formula at once, and stay in the nearest cache. */
export const BLOCK = 256;
/** The instruction that fills a register with a constant. */
export const CONSTANT = 255;
/** Words before the steps. */
export const HEADER_WORDS = 4;

/** Steps of which some terms are results. Terms below `operands` are given. */
interface Work {
  readonly operands: number;
  readonly steps: readonly FormulaStep[];
  readonly results: readonly Term[];
}

/** The steps of a formula and those of its derivatives; operand `operands` is dy. A result for every wanted gradient. */
function differentiate({ operands, steps }: Steps, wanted: readonly boolean[]): Work {
  const builder = new FormulaBuilder(operands + 1);
  const terms: Term[] = Array.from({ length: operands }, (_, i) => i);
  const isActive = terms.map((i) => wanted[i]);
  for (const step of steps) {
    const isStep = "name" in step;
    terms.push(isStep ? builder.step(step.name, ...step.terms.map((i) => terms[i])) : builder.constant(step.constant));
    isActive.push(isStep && step.terms.some((i) => isActive[i]));
  }
  const gradients: (Term | undefined)[] = [];
  gradients[operands + steps.length - 1] = operands;
  for (let i = operands + steps.length - 1; i >= operands; i--) {
    const step = steps[i - operands];
    const upstream = gradients[i];
    if (upstream === undefined || !isActive[i] || !("name" in step)) continue;
    const parts = instruction(step.name).gradients?.(
      builder,
      step.terms.map((j) => terms[j]),
      terms[i],
      upstream,
    );
    step.terms.forEach((j, k) => {
      const part = parts?.[k];
      if (part === undefined || !isActive[j]) return;
      const before = gradients[j];
      gradients[j] = before === undefined ? part : builder.step("add", before, part);
    });
  }
  const results = wanted.flatMap((is, i) => (is ? [gradients[i] ?? builder.constant(0)] : []));
  return { operands: operands + 1, steps: builder.steps, results };
}

/** For every term the last step that reads it, results counting as read at the end; undefined for those nobody needs. */
function lastReads({ operands, steps, results }: Work): (number | undefined)[] {
  const last: (number | undefined)[] = [];
  for (const result of results) last[result] = steps.length;
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i];
    if (last[operands + i] === undefined || !("name" in step)) continue;
    for (const term of step.terms) last[term] ??= i;
  }
  return last;
}

const constantWords = (target: number, value: number): number[] => [
  CONSTANT | (target << 8),
  new Int32Array(Float32Array.of(value).buffer)[0],
];

function stepWords(name: string, target: number, [a, b = 0, c = 0]: readonly number[]): number[] {
  return [INSTRUCTION_NAMES.indexOf(name as never) | (target << 8) | (a << 16) | (b << 24), c];
}

/** Writes steps down: constants first, each in a register of its own; other results in registers that are free. */
class CodeWriter {
  readonly constants: number[] = [];
  readonly steps: number[] = [];
  readonly #free: number[] = Array.from(
    { length: SPARE_REGISTERS },
    (_, i) => REGISTER.first + SPARE_REGISTERS - 1 - i,
  );

  #take(): number {
    const register = this.#free.pop();
    if (register === undefined) throw new InternalError("a formula has more results at once than there are registers");
    return register;
  }

  /** `targets` are the registers of the results. */
  write(work: Work, given: (operand: number) => number, targets: readonly number[]): void {
    const { operands, steps, results } = work;
    const last = lastReads(work);
    const registers: number[] = Array.from({ length: operands }, (_, i) => given(i));
    const own = new Map<Term, number>();
    results.forEach((term, i) => {
      if (term >= operands && !own.has(term) && "name" in steps[term - operands]) own.set(term, targets[i]);
    });
    steps.forEach((step, i) => {
      const term = operands + i;
      if (last[term] === undefined || "name" in step) return;
      registers[term] = this.#take();
      this.constants.push(...constantWords(registers[term], step.constant));
    });
    steps.forEach((step, i) => {
      const term = operands + i;
      if (last[term] === undefined || !("name" in step)) return;
      const sources = step.terms.map((source) => registers[source]);
      for (const source of new Set(step.terms)) {
        const isTemporary = source >= operands && "name" in steps[source - operands] && !own.has(source);
        if (isTemporary && last[source] === i) this.#free.push(registers[source]);
      }
      registers[term] = own.get(term) ?? this.#take();
      this.steps.push(...stepWords(step.name, registers[term], sources));
    });
    results.forEach((term, i) => {
      const target = targets[i];
      if (registers[term] !== target) this.steps.push(...stepWords("copy", target, [registers[term]]));
    });
  }
}

/**
 * The code of a formula and of its derivatives by the operands that are wanted.
 *
 * @throws InternalError when it takes more registers than there are
 */
export function encodeFormula(formula: Steps, wanted: readonly boolean[] = []): Int32Array {
  const { operands, steps } = formula;
  const forward = new CodeWriter();
  forward.write({ operands, steps, results: [operands + steps.length - 1] }, (i) => i, [REGISTER.y]);
  const backward = new CodeWriter();
  const targets = wanted.flatMap((is, i) => (is ? [REGISTER.gradients + i] : []));
  const given = (i: number) => (i === operands ? REGISTER.dy : i);
  if (targets.length) backward.write(differentiate(formula, wanted), given, targets);
  const parts = [forward.constants, forward.steps, backward.constants, backward.steps];
  return Int32Array.from([...parts.map((words) => words.length / 2), ...parts.flat()]);
}
