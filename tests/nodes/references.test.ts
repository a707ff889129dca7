// Functions over nodes against numpy and torch: tests/references/nodeOperations.py made the numbers. Values and gradients, by
// the fast kernels and by the readable ones in float64.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { assembleRows } from "../../src/compiler/assemble";
import { differentiate } from "../../src/compiler/differentiate";
import { writeFormulas } from "../../src/compiler/formulaCode";
import { fuse } from "../../src/compiler/fuse";
import { planMemory } from "../../src/compiler/plan";
import type { Engine } from "../../src/engine/engine";
import { JsEngine } from "../../src/engine/js";
import { compileModule } from "../../src/engine/module/modules";
import { WasmEngine } from "../../src/engine/wasm";
import { Graph, storageOf } from "../../src/graph/graph";
import type { Node } from "../../src/graph/node";
import { emitTrace, TracedFunction } from "../../src/graph/traced";
import { formula } from "../../src/ops/formula";
import { Formula } from "../../src/ops/formulas/formula";
import { reduceLoss } from "../../src/ops/losses/reduceLoss";
import { ops } from "../../src/index";
import { STEP_BYTES } from "../../src/program/layout";
import { MemoryLayout } from "../../src/program/memoryLayout";
import { programBytes } from "../../src/program/program";
import { sizeOf } from "../../src/tensor/shape";
import { relativeError } from "../ops/harness";

interface Numbers {
  readonly shape: number[];
  readonly dtype?: "float32" | "int32";
  readonly values: number[];
}

interface Case {
  readonly op: string;
  readonly options: Readonly<Record<string, never>>;
  readonly inputs: readonly Numbers[];
  readonly output?: Numbers;
  readonly outputs?: readonly Numbers[];
  readonly upstream?: readonly (number[] | number | null)[];
  readonly gradients?: readonly (number[] | null)[];
}

const cases: Case[] = JSON.parse(readFileSync(new URL("../references/nodeOperations.json", import.meta.url), "utf8"));
const module = await compileModule();

/** How the options of a case become arguments. */
function call({ op, options }: Case, nodes: Node[]): Node | Node[] {
  const { axis, newShape, axes, repeats, shape, startIndices, padWidth, k, numClasses, equation, ...others } = options;
  const [x] = nodes;
  const named = { ...others, ...(axis === undefined ? {} : { axis }) };
  const make = (ops as unknown as Record<string, (...given: unknown[]) => Node | Node[]>)[op];
  switch (op) {
    case "clip":
      return ops.clip(x, options.xMin, options.xMax);
    case "reshape":
      return make(x, newShape);
    case "transpose":
      return make(x, axes);
    case "expandDims":
      return make(x, axis);
    case "concatenate":
    case "stack":
      return make(nodes, named);
    case "split":
      return ops.split(x, options.indicesOrSections, { axis });
    case "slice":
      return make(x, startIndices, shape);
    case "pad":
      return make(x, padWidth, named);
    case "tile":
      return make(x, repeats);
    case "broadcastTo":
      return make(x, shape);
    case "oneHot":
      return make(x, numClasses);
    case "topK":
      return make(x, k);
    case "einsum":
      return make(equation, ...nodes);
    default:
      return Object.keys(named).length ? make(...nodes, named) : make(...nodes);
  }
}

/** Runs a case: what comes out, and the gradients of Σ upstream · output by its float32 inputs. */
function run(one: Case, precision: "float32" | "float64") {
  const graph = new Graph(1, true, 0);
  const placeholders = one.inputs.map(({ shape, dtype }, i) => ({ name: `x${i}`, dimensions: shape, dtype }));
  const traced = new TracedFunction("test", (...nodes: Node[]) =>
    call(
      one,
      nodes.map((node, i) => (one.inputs[i].dtype === "int32" ? ops.cast(node, "int32") : node)),
    ),
  );
  const trace = traced.trace(placeholders.map(({ name, dimensions }) => ({ name, dimensions })));
  const weights = new MemoryLayout(0);
  const inputs = one.inputs.map(({ shape, dtype }, i) => {
    const place = { region: "weights" as const, offset: weights.place(4 * sizeOf(shape)) };
    return graph.value(`x${i}`, shape, { place, trainable: dtype !== "int32" });
  });
  const outputs = emitTrace(graph, trace, inputs);
  const expected = one.outputs ?? [one.output!];
  const upstream = (one.outputs ? one.upstream : [one.upstream]) as (number[] | null | undefined)[];
  outputs.forEach((output, i) => {
    const numbers = upstream?.[i];
    if (!numbers || !one.gradients) return;
    const factors = graph.constant("upstream", Float32Array.from(numbers));
    const count = sizeOf(output.shape);
    const product = graph.emit(formula, "test", { x0: output, x1: factors }, [count], {
      counts: { count },
      formula: Formula.of("multiply"),
    });
    const loss = graph.value("loss", [], { place: { region: "totals", offset: 0 } });
    const counts = { rows: count, rowsPerSample: count, rowsPerWeight: count };
    graph.emitSink(reduceLoss, "loss", { x: product, loss }, { counts, numbers: { scale: 1, ownScale: 1 } });
  });
  fuse(graph, outputs);
  const differentiation = differentiate(graph);
  const plan = planMemory(graph, differentiation, { kept: outputs });
  const codes = writeFormulas(graph, differentiation);
  const layout = new MemoryLayout();
  const step = layout.place(STEP_BYTES);
  const bases = {
    weights: layout.place(weights.totalBytes),
    gradients: layout.place(weights.totalBytes),
    totals: layout.place(16),
    arena: layout.place(plan.bytes),
    state: 0,
    slots: 0,
    data: 0,
  };
  const rates = layout.place(16);
  const forward = assembleRows({ graph, differentiation, codes }, plan, bases, { x: [], y: [], sampleWeights: [] });
  const program = {
    forward,
    backwardCount: one.gradients ? forward.length : 0,
    updates: [],
    constants: graph.constants,
    batchSize: 1,
    loss: bases.totals,
  };
  const address = layout.place(programBytes(program));
  const engine: Engine =
    precision === "float32"
      ? new WasmEngine(module, layout.totalBytes, step)
      : new JsEngine(layout.totalBytes, "float64");
  one.inputs.forEach(({ values }, i) => {
    (engine.memory.heap as Float32Array).set(values, (bases.weights + inputs[i].place!.offset) / 4);
  });
  const slice = { firstStep: 0, stepCount: 1, order: 0, learningRates: rates, losses: rates + 8 };
  engine.run(engine.load(program, address), slice);
  const results = outputs.map((output, i) => {
    const storage = storageOf(output);
    const base = storage.place
      ? storage.place.offset +
        (storage.place.region === "constants" ? 0 : bases[storage.place.region as keyof typeof bases])
      : bases.arena + plan.activations.get(storage.id)!;
    const isWhole = trace.outputs[i].dtype === "int32" && trace.outputs[i].operation !== undefined;
    const { heap, integers } = engine.memory;
    return Array.from((isWhole ? integers : heap).subarray(base / 4, base / 4 + sizeOf(output.shape)));
  });
  const gradients = inputs.map(({ place, shape }) => {
    const start = (bases.gradients + place!.offset) / 4;
    return Array.from(engine.memory.heap.subarray(start, start + sizeOf(shape)));
  });
  return { results, gradients, shapes: outputs.map(({ shape }) => shape), expected };
}

const label = ({ op, options, inputs }: Case) =>
  `${op} ${JSON.stringify(options)} of ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}`;

describe("functions over nodes are those of numpy and torch", () => {
  it("has 150 cases at least", () => {
    expect(cases.length).toBeGreaterThanOrEqual(150);
  });

  it.each(cases.map((one, i) => [`${i}: ${label(one)}`, one] as const))("%s", (_, one) => {
    for (const precision of ["float64", "float32"] as const) {
      const { results, gradients, shapes, expected } = run(one, precision);
      // The table has twelve digits.
      // Constants of formulas are float32, also 2/√π and 1/3.
      const digits = one.op === "erf" || one.options.ord === 3 ? 1e-7 : 1e-11;
      const tolerance = precision === "float64" ? digits : 4e-6;
      const gradientTolerance = 10 * tolerance;
      expected.forEach(({ shape, values }, i) => {
        expect(shapes[i]).toEqual(shape);
        expect(relativeError(results[i], values), `${precision} ${results[i]}`).toBeLessThanOrEqual(tolerance);
      });
      one.gradients?.forEach((gradient, i) => {
        if (!gradient) return;
        expect(relativeError(gradients[i], gradient), `${precision} d${i}`).toBeLessThanOrEqual(gradientTolerance);
      });
    }
  });
});
