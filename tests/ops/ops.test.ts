import { afterAll, describe, expect, it } from "vitest";
import { FIRST_FREE_BYTE, PROGRAM, placeFields, ROW_BYTES, STEP } from "../../src/program/layout";
import { compileModule } from "../../src/engine/module/modules";
import { deriveKey, uniform } from "../../src/numeric/random";
import * as registry from "../../src/ops/index";
import type { Op } from "../../src/ops/op";
import {
  collectExamples,
  differenceInBits,
  Fixture,
  listCases,
  ReadableMachine,
  relativeError,
  type Variant,
  WasmMachine,
} from "./harness";
import { membersOfClass, membersOfRow } from "./rowClasses";

const module = await compileModule();
const kernels = WebAssembly.Module.exports(module).map(({ name }) => name);
const ops: Op[] = Object.values(registry);
const collected = (await collectExamples()).map((examples) => {
  const cases = listCases(examples).map(({ label, example }) => {
    return { label, fixture: new Fixture(examples.op, example), nanReachesNeighbours: example.nanReachesNeighbours };
  });
  return { name: examples.op.name, examples, cases };
});
/** Serves all cases: what one leaves behind in the workspace and beyond its fields, no other may notice. */
const wasm = new WasmMachine(
  module,
  Math.max(...collected.flatMap(({ cases }) => cases.map(({ fixture }) => fixture.bytes))),
);

describe("the registry", () => {
  it("has examples of every operation", () => {
    const names = collected.map(({ name }) => name).sort();
    expect(names).toEqual(ops.map((op) => op.name).sort());
  });

  it("has a WebAssembly kernel for every readable one, and none besides", () => {
    const wanted = ops.flatMap(({ name, isDifferentiable }) => [
      `${name}Forward`,
      ...(isDifferentiable ? [`${name}Backward`] : []),
    ]);
    expect(kernels.filter((name) => /(For|Back)ward$/.test(name)).sort()).toEqual(wanted.sort());
  });
});

describe("the module", () => {
  it("has no data of its own where memory of models begins", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
    new WebAssembly.Instance(module, { env: { memory } });
    const data = new Uint8Array(memory.buffer);
    expect(data.findLastIndex((byte) => byte !== 0)).toBeLessThan(FIRST_FREE_BYTE);
  });
});

describe("the range of an output", () => {
  it("stands at every operation of a layer (T22)", () => {
    const ofLayers = ops.filter(({ outputs, tensors }) => outputs.length > 0 && !tensors.includes("target"));
    const silent = ofLayers.filter(({ range }) => range === undefined).map(({ name }) => name);
    expect(silent.sort()).toEqual(["formula", "gatherBytes", "gatherFloats", "gatherIntegers"]);
  });

  const ranged = collected
    .map(({ name, examples }) => [name, examples] as const)
    .filter(([, { op }]) => op.range && !["dropout", "spatialDropout", "gaussianNoise"].includes(op.name));
  it.each(ranged)("of %s holds it", (_, examples) => {
    const rangeIn = (values: ArrayLike<number>) =>
      [Math.min(...Array.from(values)), Math.max(...Array.from(values))] as const;
    const weights = ["w", "b", "alpha", "gamma", "beta"];
    for (const { label, example } of listCases(examples)) {
      const fixture = new Fixture(examples.op, example);
      const machine = new ReadableMachine(fixture.bytes, Float64Array);
      const activations = examples.op.inputs.filter((name) => fixture.contents[name]);
      const isWeight = (name: string) =>
        examples.op.inputs.length > 1 && name !== "b"
          ? weights.includes(name)
          : name === "b" && examples.op.inputs.includes("w");
      // As they are, and moved to where probabilities are.
      for (const change of [(value: number) => value, (value: number) => Math.abs(value) / (1 + Math.abs(value))]) {
        const moved = activations
          .filter((name) => !isWeight(name))
          .map((name) => [name, Array.from(fixture.contents[name], change)] as const);
        const { range } = examples.op;
        const inputs = moved.map(([, values]) => rangeIn(values));
        const bounds = typeof range === "function" ? range(inputs, example.numbers ?? {}) : range;
        if (!bounds) continue;
        const contents = { ...fixture.contents, ...Object.fromEntries(moved) };
        fixture.prepare(machine, 0, contents);
        fixture.run(machine, "forward");
        const [low, high] = rangeIn(fixture.view(machine, examples.op.outputs[0]));
        expect(low, label).toBeGreaterThanOrEqual(bounds[0] - 1e-6);
        expect(high, label).toBeLessThanOrEqual(bounds[1] + 1e-6);
      }
    }
  });
});

describe("the layout in memory", () => {
  const offsets = (file: string, name: string) =>
    Object.fromEntries(membersOfClass(file, name).map((member) => [member.name, member.offset]));

  it("of programs, rows and the step is the same in both languages", () => {
    expect(offsets("executor/program", "Program")).toEqual(PROGRAM);
    expect(offsets("executor/program", "Step")).toEqual(STEP);
    expect(offsets("executor/program", "Row")).toEqual({ forward: 0, backward: 4 });
    expect(kernels).toContain("rowBytes");
    const { rowBytes } = new WebAssembly.Instance(module, {
      env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 1 }) },
    }).exports;
    expect((rowBytes as WebAssembly.Global).value).toBe(ROW_BYTES);
  });
});

/**
 * The change of the differentiated quantity — the outputs weighted by their upstream gradient, or the totals of an
 * operation that only has those — when element `index` of `input` moves by ±h, divided by 2h.
 */
function centralDifference(fixture: Fixture, machine: ReadableMachine, input: string, index: number): number {
  const { op, contents } = fixture;
  const value = contents[input][index];
  const h = 1e-5 * Math.max(1, Math.abs(value));
  const measured = op.outputs.length
    ? op.outputs.filter((name) => contents[name])
    : fixture.regions.filter(({ kind }) => kind === "totals").map((r) => r.name);
  const fields = fixture.regions.map(({ name }) => [fixture.view(machine, name), contents[name]] as const);
  const moving = fixture.view(machine, input);
  const results = measured.map((name) => fixture.view(machine, name));
  const measureAt = (moved: number) => {
    for (const [field, content] of fields) field.set(content);
    moving[index] = moved;
    fixture.run(machine, "forward");
    return results.map((values) => values.slice());
  };
  const above = measureAt(value + h);
  const below = measureAt(value - h);
  let change = 0;
  measured.forEach((name, m) => {
    const upstream = contents[`d${name}`];
    for (let i = 0; i < above[m].length; i++) change += (above[m][i] - below[m][i]) * (upstream ? upstream[i] : 1);
  });
  return change / (2 * h);
}

/** At most 24 indices below `count`, spread at random. */
function sample(count: number): number[] {
  if (count <= 24) return Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: 24 }, (_, i) => Math.floor(uniform(deriveKey(2, count), i) * count));
}

/** How assembly/ declares a field of each kind. */
const assemblyTypes = {
  tensor: "usize",
  totals: "usize",
  integers: "usize",
  bytes: "usize",
  flag: "i32",
  count: "i32",
  number: "f64",
};

describe.each(collected.map((one) => [one.name, one] as const))("%s", (_name, { examples, cases }) => {
  const { op, tolerance, gradientTolerance = tolerance } = examples;
  const fitting = new Map<number, WasmMachine>();
  afterAll(() => fitting.clear());
  /**
   * As many pages as this case has and no more, all zeros: what a kernel does beyond the end of them is a trap. Cases of as many
   * pages share a machine, because making one takes longer than running a case.
   */
  const fittingWasm = (fixture: Fixture) => {
    const pages = Math.ceil(fixture.bytes / 65_536);
    const machine = fitting.get(pages) ?? new WasmMachine(module, fixture.bytes);
    fitting.set(pages, machine);
    machine.memory.bytes.fill(0, FIRST_FREE_BYTE);
    return machine;
  };
  const readable = (fixture: Fixture, Heap: typeof Float32Array | typeof Float64Array) =>
    new ReadableMachine(fixture.bytes, Heap);
  const toleranceOf = (field: string) =>
    op.inputs.some((input) => field === `d${input}`) ? gradientTolerance : tolerance;

  it("has the same row in both languages", () => {
    const slots = ["forward", "backward"].map((name, i) => ({ name, type: "u32", offset: 4 * i }));
    const fields = placeFields(op).map(({ name, kind, offset }) => ({ name, type: assemblyTypes[kind], offset }));
    expect(membersOfRow(`${op.name}Forward`)).toEqual([...slots, ...fields]);
    if (op.isDifferentiable) expect(membersOfRow(`${op.name}Backward`)).toEqual([...slots, ...fields]);
  });

  if (op.isDifferentiable) {
    it("has the gradient that central differences have, in float64", () => {
      for (const { label, fixture } of cases) {
        const { backward } = fixture.runBoth(readable(fixture, Float64Array));
        const machine = readable(fixture, Float64Array);
        fixture.prepare(machine, 0);
        expect(fixture.differentiated, label).not.toEqual([]);
        for (const input of fixture.differentiated) {
          const indices = sample(fixture.contents[input].length);
          const numeric = indices.map((index) => centralDifference(fixture, machine, input, index));
          const analytic = indices.map((index) => backward[`d${input}`][index]);
          expect(relativeError(analytic, numeric), `${label} d${input}`).toBeLessThanOrEqual(1e-6);
        }
      }
    });
  }

  it("computes in float32 what the readable kernels compute in float64", () => {
    // One expectation of all: tens of thousands of them would take as long as the kernels.
    const wrong: string[] = [];
    for (const { label, fixture } of cases) {
      // A tolerance of 0 asks for the bits of float32 arithmetic.
      const truth = fixture.runBoth(readable(fixture, tolerance === 0 ? Float32Array : Float64Array));
      for (const machine of [wasm, readable(fixture, Float32Array)]) {
        const actual = fixture.runBoth(machine);
        for (const direction of ["forward", "backward"] as const) {
          for (const { name } of fixture.regions) {
            const error = relativeError(actual[direction][name], truth[direction][name]);
            const where = `${label} ${name} after ${direction} of ${machine.constructor.name}`;
            if (!(error <= toleranceOf(name))) wrong.push(`${where}: ${error}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it("goes on from what the run before left in state and totals", () => {
    for (const { label, fixture } of cases) {
      const [actual, truth] = [wasm, readable(fixture, tolerance === 0 ? Float32Array : Float64Array)].map(
        (machine) => {
          fixture.prepare(machine, Number.NaN);
          fixture.run(machine, "forward");
          fixture.run(machine, "forward");
          return fixture.read(machine);
        },
      );
      for (const { name } of fixture.regions) {
        expect(relativeError(actual[name], truth[name]), `${label} ${name}`).toBeLessThanOrEqual(2 * tolerance);
      }
    }
  });

  if (op.isDifferentiable) {
    it("adds a gradient where it is told to, and leaves out the one nobody wants", () => {
      for (const { label, fixture } of cases) {
        const machine = wasm;
        const stored = fixture.runBoth(machine).backward;
        for (const input of fixture.differentiated) {
          const previous = fixture.contents[`d${input}`];
          const others = fixture.differentiated.filter((name) => name !== input);
          const added = fixture.runBoth(machine, { added: [input] }).backward;
          const sum = Array.from(previous, (value, i) => value + stored[`d${input}`][i]);
          // float32 may round the sum, and terms of it, differently.
          const allowed = 2 ** -24 + 2 * gradientTolerance;
          expect(relativeError(added[`d${input}`], sum), `${label} add d${input}`).toBeLessThanOrEqual(allowed);
          for (const other of others)
            expect(differenceInBits(added[`d${other}`], stored[`d${other}`]), `${label} add d${input}`).toBeUndefined();
          if (others.length === 0) continue;
          const without = fixture.runBoth(machine, { unwanted: [input] }).backward;
          for (const other of others)
            expect(
              differenceInBits(without[`d${other}`], stored[`d${other}`]),
              `${label} no d${input}`,
            ).toBeUndefined();
          expect(Array.from(without[`d${input}`]).every(Number.isNaN), `${label} no d${input}`).toBe(true);
        }
      }
    });
  }

  it("writes its results and nothing else", () => {
    for (const { label, fixture } of cases) {
      const machine = fittingWasm(fixture);
      const specification = readable(fixture, Float32Array);
      // Numbers that no formula returns unchanged, each its own.
      const guard = (index: number) => -1 - (index % 1021) / 1024;
      fixture.prepare(machine, guard);
      fixture.prepare(specification, guard);
      for (const direction of ["forward", "backward"] as const) {
        const before = fixture.snapshot(machine);
        const fieldsBefore = fixture.read(specification);
        fixture.run(machine, direction);
        fixture.run(specification, direction);
        const fieldsAfter = fixture.read(specification);
        const overwritten = direction === "backward" ? (examples.overwrites ?? []) : [];
        const isWritten = ({ name }: { name: string }) =>
          overwritten.includes(name) || relativeError(fieldsAfter[name], fieldsBefore[name]) > 0;
        const written = fixture.regions.filter(isWritten).map(({ name }) => name);
        const after = fixture.snapshot(machine);
        for (const [from, to] of fixture.writable(written, examples.touchesPadding ?? op.inPlace)) {
          after.set(before.subarray(from, to), from);
        }
        expect(fixture.firstDifference(after, before), `${label} ${direction}`).toBeUndefined();
      }
    }
  });

  if (op.inPlace) {
    it("gives the same bits in place", () => {
      const [x] = op.inputs;
      const [y] = op.outputs;
      for (const { label, fixture } of cases) {
        const machine = wasm;
        const apart = fixture.runBoth(machine);
        const inPlace = (over: Variant["over"]) => fixture.runBoth(machine, { over });
        const over = inPlace({ [y]: x }).forward[y];
        expect(differenceInBits(over, apart.forward[y]), label).toBeUndefined();
        const gradient = inPlace({ [`d${x}`]: `d${y}` }).backward;
        expect(differenceInBits(gradient[`d${x}`], apart.backward[`d${x}`]), label).toBeUndefined();
        if (op.saves.includes(x)) continue;
        const both = inPlace({ [y]: x, [`d${x}`]: `d${y}` }).backward;
        expect(differenceInBits(both[`d${x}`], apart.backward[`d${x}`]), label).toBeUndefined();
      }
    });
  }

  it("gives the same bits again", () => {
    for (const { label, fixture } of cases) {
      const [first, second] = [wasm, fittingWasm(fixture)].map((machine) => {
        fixture.runBoth(machine);
        return fixture.snapshot(machine);
      });
      expect(fixture.firstDifference(second, first), label).toBeUndefined();
    }
  });

  if (op.inputs.length) {
    it("never hides a NaN", () => {
      for (const { label, fixture, nanReachesNeighbours } of cases) {
        for (const input of op.inputs.filter((name) => fixture.contents[name])) {
          const content = Float64Array.from(fixture.contents[input]);
          content[content.length >> 1] = Number.NaN;
          const [actual, specified] = [wasm, readable(fixture, Float32Array)].map((machine) => {
            fixture.prepare(machine, 0, { ...fixture.contents, [input]: content });
            fixture.run(machine, "forward");
            const results = fixture.regions.filter(({ name, kind }) => op.outputs.includes(name) || kind === "totals");
            return results.map(({ name }) => Array.from(fixture.view(machine, name), Number.isNaN));
          });
          const shown = nanReachesNeighbours
            ? actual.map((list, i) => list.map((shows, j) => shows && specified[i][j]))
            : actual;
          expect(shown, `${label} NaN in ${input}`).toEqual(specified);
          if (!examples.hidesNaN) expect(actual.flat(), `${label} NaN in ${input}`).toContain(true);
        }
      }
    });
  }

  if (op.tensors.includes("g") && op.tensors.includes("w")) {
    it("makes NaN of the weight whose gradient is NaN, and of no other", () => {
      for (const { label, fixture } of cases) {
        const g = Float64Array.from(fixture.contents.g);
        const place = g.length >> 1;
        g[place] = Number.NaN;
        for (const machine of [wasm, readable(fixture, Float32Array)]) {
          fixture.prepare(machine, 0, { ...fixture.contents, g });
          fixture.run(machine, "forward");
          const shown = Array.from(fixture.view(machine, "w"), Number.isNaN);
          expect(shown, label).toEqual(shown.map((_, i) => i === place));
        }
      }
    });
  }
});
