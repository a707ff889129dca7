import { BLOCK, encodeFormula, HEADER_WORDS, REGISTER, SPARE_REGISTERS } from "./formulas/code";
import { FormulaBuilder } from "./formulas/steps";
import { INSTRUCTION_NAMES } from "./formulas/instructions";
import { values } from "./formulas/values";
import { defineOp, type Example, type Examples, type Memory } from "./op";

const NAMES = ["x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9"] as const;

/**
 * A formula, such as y = x0·tanh(x1) + 2, of every element:
 *
 *     y_i = f(x0_i, x1_i, …)        dx_k = ∂f/∂x_k · dy
 *
 * A block of elements goes through all steps before the next does, so that results in between stay in the nearest cache.
 * `code` holds the steps forward and backward, see formulas/code.ts. No two operands may share memory.
 */
export const formula = defineOp({
  name: "formula",
  inputs: NAMES,
  outputs: ["y"],
  tensors: ["workspace"],
  integers: ["code"],
  counts: ["count"],
  saves: NAMES,
  // The addresses of the registers have a block of their own.
  workspace: () => (1 + REGISTER.first + SPARE_REGISTERS) * BLOCK,

  forward(memory, row) {
    const { integers } = memory;
    const [constants, steps] = integers.subarray(row.code, row.code + HEADER_WORDS);
    run(memory, row, row.code + HEADER_WORDS, constants, steps);
  },

  backward(memory, row) {
    const { integers } = memory;
    const [before, beforeSteps, constants, steps] = integers.subarray(row.code, row.code + HEADER_WORDS);
    run(memory, row, row.code + HEADER_WORDS + 2 * (before + beforeSteps), constants, steps);
  },
});

type Row = Readonly<Record<string, number>>;

/** Address of a tensor by its register. */
function addressesOf(row: Row): number[] {
  return [...NAMES.map((name) => row[name]), row.y, row.dy, ...NAMES.map((name) => row[`d${name}`])];
}

function run({ heap, integers }: Memory, row: Row, code: number, constants: number, steps: number): void {
  const addresses = addressesOf(row);
  const registers = Array.from({ length: REGISTER.first + SPARE_REGISTERS }, () => new Float64Array(BLOCK));
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0; i < constants; i++) {
    bits[0] = integers[code + 2 * i + 1];
    registers[(integers[code + 2 * i] >>> 8) & 255].fill(float[0]);
  }
  const first = code + 2 * constants;
  for (let start = 0; start < row.count; start += BLOCK) {
    const count = Math.min(BLOCK, row.count - start);
    addresses.forEach((address, i) => {
      if (address && i !== REGISTER.y) registers[i].set(heap.subarray(address + start, address + start + count));
    });
    const written = new Set<number>();
    for (let i = 0; i < steps; i++) {
      const word = integers[first + 2 * i];
      const [a, b, c] = [(word >>> 16) & 255, word >>> 24, integers[first + 2 * i + 1]].map((j) => registers[j]);
      const target = (word >>> 8) & 255;
      const value = values[INSTRUCTION_NAMES[word & 255]];
      const result = registers[target];
      for (let j = 0; j < count; j++) result[j] = value(a[j], b[j], c[j]);
      if (target < REGISTER.first) written.add(target);
    }
    for (const target of written) {
      const address = addresses[target] + start;
      const add = target > REGISTER.y && row[`addDx${target - REGISTER.gradients}`];
      if (!addresses[target]) continue;
      for (let j = 0; j < count; j++) heap[address + j] = (add ? heap[address + j] : 0) + registers[target][j];
    }
  }
}

/** Numbers on which an instruction and its derivatives are smooth and finite: away from 0, and exponents not too large. */
const fillOperand = (uniform: number, index: number) => (index === 0 ? 0.75 : 0.25 + 1.5 * uniform);

export function formulaExample(count: number, operands: number, code: Int32Array): Example {
  const names = NAMES.slice(0, operands);
  return {
    shapes: Object.fromEntries([...names, "y"].map((name) => [name, [count]])),
    sizes: { code: code.length },
    counts: { count },
    fill: { ...Object.fromEntries(names.map((name) => [name, fillOperand])), code: (_, i) => code[i] },
  };
}

/** x0·tanh(x1 − x2) + x1 ÷ (1 + x0²), with gradients stored. */
function severalSteps(count: number): Example {
  const builder = new FormulaBuilder(3);
  const difference = builder.step("tanh", builder.step("subtract", 1, 2));
  const divisor = builder.step("add", builder.constant(1), builder.step("square", 0));
  builder.step("add", builder.step("multiply", 0, difference), builder.step("divide", 1, divisor));
  return formulaExample(count, 3, encodeFormula(builder, [true, true, true]));
}

export const examples: Examples = {
  op: formula,
  tolerance: 2e-6,
  sizes: (n) => [severalSteps(n), severalSteps(BLOCK + n)],
  bench: severalSteps(128 * 512),
};
