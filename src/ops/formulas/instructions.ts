/**
 * What a formula is made of: functions of one to three numbers, each with its derivatives as formulas of the same functions.
 * Their values stand in values.ts. `assembly/ops/formula.ts` runs the same list; the number of an instruction is its position, and a test
 * compares the two.
 */

/** A place in a formula that is being written: an operand, a constant, or the result of a step. */
export type Term = number;

/** Writes the steps of a formula. Names are those of instructions, which cannot have a type in what defines them. */
export interface FormulaWriter {
  step(name: string, ...terms: Term[]): Term;
  constant(value: number): Term;
}

interface Instruction {
  /** How many numbers it takes. */
  readonly arity: 1 | 2 | 3;
  /** The derivative by each argument times dy; undefined where it is 0 everywhere. Absent: all are. */
  readonly gradients?: (write: FormulaWriter, arguments_: readonly Term[], y: Term, dy: Term) => (Term | undefined)[];
}

/** dy where `choose` is not 0, 0 elsewhere: a product would make NaN of 0 · ∞. */
function where(write: FormulaWriter, choose: Term, dy: Term): Term {
  return write.step("where", choose, dy, write.constant(0));
}

/**
 * A gradient times a slope. Where there is no gradient, there is none behind it, whatever the slope: 0 · ∞ and 0 · NaN come
 * from branches that `where` did not choose, such as √x at 0, and are to make no NaN of the others' gradient.
 */
function through(write: FormulaWriter, dy: Term, slope: Term): Term {
  return write.step("passOn", dy, slope);
}

/** All of them, in the order of their numbers. */
export const instructions = {
  copy: { arity: 1, gradients: (_, __, ___, dy) => [dy] },
  stopGradient: { arity: 1 },
  negative: { arity: 1, gradients: (write, _, __, dy) => [write.step("negative", dy)] },
  abs: {
    arity: 1,
    gradients: (write, [a], _, dy) => [through(write, dy, write.step("sign", a))],
  },
  sign: { arity: 1 },
  square: {
    arity: 1,
    gradients: (write, [a], _, dy) => [through(write, dy, write.step("add", a, a))],
  },
  sqrt: {
    arity: 1,
    gradients: (write, _, y, dy) => [through(write, dy, write.step("divide", write.constant(0.5), y))],
  },
  rsqrt: {
    arity: 1,
    gradients: (write, [a], y, dy) => {
      const slope = write.step("multiply", write.constant(-0.5), write.step("divide", y, a));
      return [through(write, dy, slope)];
    },
  },
  reciprocal: {
    arity: 1,
    gradients: (write, _, y, dy) => [write.step("negative", through(write, dy, write.step("square", y)))],
  },
  exp: { arity: 1, gradients: (write, _, y, dy) => [through(write, dy, y)] },
  expm1: {
    arity: 1,
    gradients: (write, _, y, dy) => [through(write, dy, write.step("add", y, write.constant(1)))],
  },
  log: { arity: 1, gradients: (write, [a], _, dy) => [through(write, dy, write.step("reciprocal", a))] },
  log1p: {
    arity: 1,
    gradients: (write, [a], _, dy) => [
      through(write, dy, write.step("reciprocal", write.step("add", a, write.constant(1)))),
    ],
  },
  sin: {
    arity: 1,
    gradients: (write, [a], _, dy) => [through(write, dy, write.step("cos", a))],
  },
  cos: {
    arity: 1,
    gradients: (write, [a], _, dy) => [write.step("negative", through(write, dy, write.step("sin", a)))],
  },
  tanh: {
    arity: 1,
    gradients: (write, _, y, dy) => {
      const slope = write.step("subtract", write.constant(1), write.step("square", y));
      return [through(write, dy, slope)];
    },
  },
  sigmoid: {
    arity: 1,
    gradients: (write, _, y, dy) => {
      const slope = write.step("multiply", y, write.step("subtract", write.constant(1), y));
      return [through(write, dy, slope)];
    },
  },
  erf: {
    arity: 1,
    gradients: (write, [a], _, dy) => {
      const gaussian = write.step("exp", write.step("negative", write.step("square", a)));
      const slope = write.step("multiply", write.constant(2 / Math.sqrt(Math.PI)), gaussian);
      return [through(write, dy, slope)];
    },
  },
  floor: { arity: 1 },
  ceil: { arity: 1 },
  round: { arity: 1 },
  logicalNot: { arity: 1 },
  isNan: { arity: 1 },
  isFinite: { arity: 1 },
  add: { arity: 2, gradients: (_, __, ___, dy) => [dy, dy] },
  subtract: {
    arity: 2,
    gradients: (write, _, __, dy) => [dy, write.step("negative", dy)],
  },
  multiply: {
    arity: 2,
    gradients: (write, [a, b], _, dy) => [through(write, dy, b), through(write, dy, a)],
  },
  divide: {
    arity: 2,
    gradients: (write, [, b], y, dy) => {
      const quotient = through(write, dy, write.step("reciprocal", b));
      return [quotient, write.step("negative", through(write, quotient, y))];
    },
  },
  power: {
    arity: 2,
    gradients: (write, [a, b], y, dy) => {
      const zero = write.constant(0);
      const one = write.constant(1);
      // b·a^(b−1), which is 0 for b = 0 whatever a is; y·log a, which is 0 where a is not positive.
      const below = write.step("power", a, write.step("subtract", b, one));
      const byBase = through(write, dy, write.step("multiply", b, below));
      const isPositive = write.step("greater", a, zero);
      const logarithm = write.step("log", write.step("where", isPositive, a, one));
      const byExponent = through(write, dy, write.step("multiply", y, logarithm));
      return [where(write, b, byBase), where(write, isPositive, byExponent)];
    },
  },
  maximum: {
    arity: 2,
    gradients: (write, [a, b], _, dy) => {
      const isFirst = write.step("greaterEqual", a, b);
      return [where(write, isFirst, dy), where(write, write.step("logicalNot", isFirst), dy)];
    },
  },
  minimum: {
    arity: 2,
    gradients: (write, [a, b], _, dy) => {
      const isFirst = write.step("greaterEqual", b, a);
      return [where(write, isFirst, dy), where(write, write.step("logicalNot", isFirst), dy)];
    },
  },
  equal: { arity: 2 },
  notEqual: { arity: 2 },
  greater: { arity: 2 },
  greaterEqual: { arity: 2 },
  logicalAnd: { arity: 2 },
  logicalOr: { arity: 2 },
  where: {
    arity: 3,
    gradients: (write, [a], _, dy) => [undefined, where(write, a, dy), where(write, write.step("logicalNot", a), dy)],
  },
  passOn: { arity: 2 },
} as const satisfies Readonly<Record<string, Instruction>>;

export type InstructionName = keyof typeof instructions;

export const INSTRUCTION_NAMES = Object.keys(instructions) as InstructionName[];

/** An instruction as those that write formulas see it. */
export function instruction(name: InstructionName): Instruction {
  return instructions[name];
}
