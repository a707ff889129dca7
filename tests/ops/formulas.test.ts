// Every instruction of formulas by itself: the fast kernel against float64, its derivatives against central differences, and
// what it makes of numbers at the edges.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileModule } from "../../src/engine/module/modules";
import { formula, formulaExample } from "../../src/ops/formula";
import { BLOCK, encodeFormula, OPERANDS, REGISTER, SPARE_REGISTERS } from "../../src/ops/formulas/code";
import { FormulaBuilder, stepsOf } from "../../src/ops/formulas/steps";
import { INSTRUCTION_NAMES, instruction, type InstructionName } from "../../src/ops/formulas/instructions";
import { values } from "../../src/ops/formulas/values";
import { Fixture, ReadableMachine, relativeError, WasmMachine } from "./harness";

const module = await compileModule();
const COUNT = 301;

function fixtureOf(name: InstructionName): Fixture {
  const { arity } = instruction(name);
  const code = encodeFormula(stepsOf(name), new Array(arity).fill(true));
  return new Fixture(formula, formulaExample(COUNT, arity, code));
}

/** What comes out of one instruction, for these operands, in a machine of a fixture. */
function results(name: InstructionName, operands: readonly (readonly number[])[], precision: "float32" | "float64") {
  const fixture = fixtureOf(name);
  const machine =
    precision === "float32" ? new WasmMachine(module, fixture.bytes) : new ReadableMachine(fixture.bytes, Float64Array);
  const fill = (numbers: readonly number[]) => Array.from({ length: COUNT }, (_, i) => numbers[i % numbers.length]);
  const contents = { ...fixture.contents };
  operands.forEach((numbers, i) => {
    contents[`x${i}`] = fill(numbers.map(Math.fround));
  });
  fixture.prepare(machine, Number.NaN, contents);
  fixture.run(machine, "forward");
  fixture.run(machine, "backward");
  return fixture.read(machine);
}

/** Away from where slopes jump: whole numbers, halves, and operands that are equal. */
const smooth = [0.3, 0.7, 1.2, 1.9, 2.3, 0.9];
const others = [1.1, 0.4, 2.6, 0.8, 1.6, 0.2];
const third = [-0.7, 0.6, 1.3, -1.4, 0.1, 2.2];

/** How far float32 may be from float64, relative to the largest value. */
const TOLERANCE = 4e-7;

describe.each(INSTRUCTION_NAMES)("%s", (name) => {
  const { arity, gradients } = instruction(name);
  const value = values[name];
  const operands = [smooth, others, third].slice(0, arity);

  it("is what its formula says", () => {
    const { y } = results(name, operands, "float32");
    const truth = Array.from(y, (_, i) =>
      value(...(operands.map((x) => Math.fround(x[i % x.length])) as [number, number, number])),
    );
    expect(relativeError(y, truth)).toBeLessThanOrEqual(TOLERANCE);
  });

  it("has the derivatives that central differences have, and the fast kernel those of the readable one", () => {
    const exact = results(name, operands, "float64");
    const fast = results(name, operands, "float32");
    const { dy } = fixtureOf(name).contents;
    for (let k = 0; k < arity; k++) {
      const numeric = Array.from(dy, (upstream, i) => {
        const at = operands.map((x) => Math.fround(x[i % x.length]));
        const [above, below] = [1e-5, -1e-5].map((h) => {
          const moved = at.map((x, j) => (j === k ? x + h : x)) as [number, number, number];
          return value(...moved);
        });
        // What has no derivative by definition passes nothing on.
        const passes = gradients && !(name === "where" && k === 0);
        return passes ? ((above - below) / 2e-5) * upstream : 0;
      });
      expect(relativeError(exact[`dx${k}`], numeric), `d${k}`).toBeLessThanOrEqual(1e-6);
      expect(relativeError(fast[`dx${k}`], exact[`dx${k}`]), `d${k}`).toBeLessThanOrEqual(4 * TOLERANCE);
    }
  });

  it("gives what float64 gives at the edges: NaN, infinities, zeros, halves, large and small numbers", () => {
    const edges = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      -0,
      0.5,
      1.5,
      -2.5,
      1,
      -1,
      3e8,
      -7.25,
      1e-3,
    ];
    const pairs = edges.flatMap((a) => edges.map((b) => [a, b, edges[(edges.indexOf(a) + 5) % edges.length]]));
    const columns = [0, 1, 2].slice(0, arity).map((k) => pairs.map((pair) => pair[k]));
    const { y } = results(name, columns, "float32");
    pairs.forEach((pair, i) => {
      const truth = Math.fround(value(...(pair.map(Math.fround) as [number, number, number])));
      const label = `${name}(${pair.slice(0, arity)})`;
      // Both zeros are one number.
      if (!Number.isFinite(truth) || truth === 0) expect(y[i] + 0, label).toBe(truth + 0);
      else expect(Math.abs(y[i] - truth), label).toBeLessThanOrEqual(TOLERANCE * Math.abs(truth));
    });
  });
});

describe("large arguments and powers", () => {
  // Node's own functions are exact to the last bits of float64 for every argument.
  const large = [33554432, 1e8, 3.3e9, 7.7e12, 4.4e20, 9.9e30, 3.4e38].flatMap((x) => [
    Math.fround(x),
    -Math.fround(x),
  ]);

  it.each([
    ["sin", Math.sin],
    ["cos", Math.cos],
  ] as const)("%s of numbers up to the largest", (name, truth) => {
    const { y } = results(name, [large], "float32");
    large.forEach((x, i) => {
      expect(Math.abs(y[i] - truth(x)), `${name}(${x})`).toBeLessThanOrEqual(1e-7);
    });
  });

  it("powers are those of float64, near the ends of float32, too", () => {
    const bases = [1e-38, 0.001, 0.75, 0.999999, 1.000001, 1.5, 10, 3e38, -0.5, -3];
    const exponents = [-3.5, -2, -1, -0.1, 0.1, 0.3, 1, 2, 7, 31.5, 1000, 0.999];
    const pairs = bases.flatMap((a) => exponents.map((b) => [Math.fround(a), Math.fround(b)]));
    const { y } = results("power", [pairs.map(([a]) => a), pairs.map(([, b]) => b)], "float32");
    pairs.forEach(([a, b], i) => {
      const truth = Math.fround(a ** b);
      const isExact = !Number.isFinite(truth) || Math.abs(truth) < 1.2e-38;
      if (isExact) expect(Math.abs(y[i]) < 1.2e-38 || !Number.isFinite(y[i]), `${a} ** ${b} = ${y[i]}`).toBe(true);
      else expect(Math.abs(y[i] / truth - 1), `${a} ** ${b}`).toBeLessThanOrEqual(1.2e-7);
    });
  });
});

describe("the code of formulas", () => {
  const assembly = readFileSync("assembly/ops/formula.ts", "utf8");

  it("numbers instructions as the kernel does, and has its sizes", () => {
    const cases = Array.from(assembly.matchAll(/^ +case (\d+): \/\/ (\w+)$/gm), ([, number, name]) => [
      Number(number),
      name,
    ]);
    expect(cases).toEqual(INSTRUCTION_NAMES.map((name, i) => [i, name]));
    const constants = { OPERANDS, SPARE_REGISTERS, BLOCK };
    for (const [name, size] of Object.entries(constants)) expect(assembly).toContain(`const ${name}: i32 = ${size};`);
    expect(REGISTER).toEqual({ y: OPERANDS, dy: OPERANDS + 1, gradients: OPERANDS + 2, first: 2 * OPERANDS + 2 });
  });

  it("frees registers: a chain of a hundred steps needs few", () => {
    const builder = new FormulaBuilder(1);
    let term = 0;
    for (let i = 0; i < 100; i++) term = builder.step("add", builder.step("sin", term), builder.constant(0.5));
    expect(encodeFormula(builder).length).toBe(4 + 2 * (1 + 200));
  });

  it("writes a step once, and none that nobody reads", () => {
    const builder = new FormulaBuilder(1);
    builder.step("cos", 0);
    builder.step("multiply", builder.step("sin", 0), builder.step("sin", 0));
    expect(Array.from(encodeFormula(builder).subarray(0, 4))).toEqual([0, 2, 0, 0]);
  });
});
