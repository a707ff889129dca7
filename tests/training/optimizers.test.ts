import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors";
import type { Memory } from "../../src/ops/op";
import { integerPower } from "../../src/ops/optimizers/integerPower";
import { readable } from "../../src/ops/readable";
import {
  learningRateAt,
  type Optimizer,
  optimizers,
  resolveOptimizer,
  updatesOf,
} from "../../src/optimizers/optimizers";

interface Reference {
  readonly weights: number[];
  readonly gradients: number[][];
  readonly cases: { name: string; options: Record<string, unknown>; weights: number[][] }[];
}

const reference: Reference = JSON.parse(readFileSync(new URL("optimizerReference.json", import.meta.url), "utf8"));

/** A vector of weights under an optimizer, updated by the readable kernels in float64. */
class Trained {
  readonly #optimizer: Optimizer;
  readonly #size: number;
  readonly #memory: Memory;
  #index: number;

  constructor(optimizer: Optimizer, weights: readonly number[], firstIndex = 0) {
    this.#optimizer = optimizer;
    this.#size = weights.length;
    this.#index = firstIndex;
    const heap = new Float64Array(1 + (2 + optimizer.slots.length) * this.#size);
    this.#memory = { heap, totals: heap, integers: new Int32Array(0), bytes: new Uint8Array(0) };
    heap.set(weights, this.#address(0));
    optimizer.slots.forEach(({ initial }, i) => {
      heap.fill(initial, this.#address(2 + i), this.#address(3 + i));
    });
  }

  #address(part: number): number {
    return 1 + part * this.#size;
  }

  get weights(): number[] {
    return Array.from(this.#memory.heap.slice(this.#address(0), this.#address(1)));
  }

  step(gradient: readonly number[]): void {
    const optimizer = this.#optimizer;
    this.#memory.heap.set(gradient, this.#address(1));
    const addresses: Record<string, number> = { w: this.#address(0), g: this.#address(1) };
    for (const field of optimizer.op.tensors) addresses[field] ??= 0;
    optimizer.slots.forEach(({ field }, i) => {
      addresses[field] = this.#address(2 + i);
    });
    const step = { index: this.#index, order: 0, learningRate: learningRateAt(optimizer, this.#index) };
    for (const { op, counts, numbers } of updatesOf(optimizer)) {
      readable(op).forward(this.#memory, { ...addresses, count: this.#size, ...counts, ...numbers }, step);
    }
    this.#index++;
  }
}

describe("optimizers", () => {
  it.each(reference.cases)("$name $options goes the way of the reference", ({ name, options, weights }) => {
    const optimizer = resolveOptimizer({ name, options }, "test");
    const trained = new Trained(optimizer, reference.weights);
    reference.gradients.forEach((gradient, t) => {
      trained.step(gradient);
      trained.weights.forEach((weight, i) => {
        expect(Math.abs(weight - weights[t][i]), `weight ${i} after update ${t + 1}`).toBeLessThan(1e-13);
      });
    });
  });

  it("takes first steps that are known by hand", () => {
    const firstStep = (optimizer: Optimizer) => {
      const trained = new Trained(optimizer, [1]);
      trained.step([0.25]);
      return trained.weights[0];
    };
    const learningRate = 0.5;
    expect(firstStep(optimizers.sgd({ learningRate }))).toBe(1 - 0.5 * 0.25);
    expect(firstStep(optimizers.sgd({ learningRate, momentum: 0.5, nesterov: true }))).toBe(1 - 1.5 * 0.5 * 0.25);
    // A first gradient divided by the root of its own mean square is 1 / √(1 − rho).
    expect(firstStep(optimizers.rmsprop({ learningRate, rho: 0.75, epsilon: 0 }))).toBe(1 - 0.5 * 2);
    expect(firstStep(optimizers.adagrad({ learningRate, initialAccumulatorValue: 0, epsilon: 0 }))).toBe(0.5);
    // √epsilon / √((1 − rho)·g² + epsilon) · g, with numbers that have exact roots.
    const adadelta = optimizers.adadelta({ learningRate, rho: 0, epsilon: 9 / 256 });
    expect(firstStep(adadelta)).toBeCloseTo(1 - 0.5 * 0.25 * (3 / 16 / (5 / 16)), 15);
    // Bias correction makes the first step the learning rate itself.
    for (const name of ["adam", "adamax"] as const) {
      expect(firstStep(optimizers[name]({ learningRate, epsilon: 0 })), name).toBeCloseTo(0.5, 14);
    }
    expect(firstStep(optimizers.lion({ learningRate }))).toBe(0.5);
    expect(firstStep(optimizers.adamW({ learningRate, epsilon: 0 }))).toBeCloseTo(1 - 0.5 * 4e-3 - 0.5, 14);
  });

  it("nadam knows the product of its momentums at any step", () => {
    for (const index of [0, 1, 898, 905, 20_000]) {
      const t = index + 1;
      const momentum = (i: number) => 0.999 * (1 - 0.5 * 0.96 ** i);
      let product = 1;
      for (let i = 1; i <= t; i++) product *= momentum(i);
      const trained = new Trained(
        optimizers.nadam({ beta1: 0.999, beta2: 0, epsilon: 0, learningRate: 1 }),
        [0],
        index,
      );
      trained.step([2]);
      const moment = (1 - 0.999) * 2;
      const direction =
        (momentum(t + 1) * moment) / (1 - product * momentum(t + 1)) + ((1 - momentum(t)) * 2) / (1 - product);
      expect(trained.weights[0] / (-direction / 2), `t = ${t}`).toBeCloseTo(1, 9);
    }
  });

  it("keeps a weight with a gradient of 0 where it is", () => {
    for (const [name, factory] of Object.entries(optimizers)) {
      const trained = new Trained({ ...factory(), weightDecay: undefined }, [0.5]);
      trained.step([0]);
      expect(trained.weights, name).toEqual([0.5]);
    }
  });

  it("lets a NaN in the gradient through to the weight", () => {
    for (const clipping of [{}, { clipNorm: 1 }, { globalClipNorm: 1 }, { clipValue: 1 }]) {
      for (const [name, factory] of Object.entries(optimizers)) {
        const trained = new Trained(factory(clipping), [0.5]);
        trained.step([Number.NaN]);
        expect(trained.weights, `${name} ${JSON.stringify(clipping)}`).toEqual([Number.NaN]);
      }
    }
  });

  it("centered rmsprop survives a variance that rounding made negative", () => {
    const optimizer = optimizers.rmsprop({ centered: true });
    const gradients = Float32Array.from({ length: 50 }, (_, i) => 1000 + 0.1 * i);
    const size = gradients.length;
    const heap = new Float32Array(1 + 4 * size);
    // Means that come down to a constant gradient stop a little above it, and the square of one lies above the other.
    heap.set(gradients, 1 + size);
    heap.fill(2e6, 1 + 2 * size, 1 + 3 * size);
    heap.fill(1400, 1 + 3 * size);
    const memory = { heap, totals: new Float64Array(0), integers: new Int32Array(0), bytes: new Uint8Array(0) };
    const row = { w: 1, g: 1 + size, v: 1 + 2 * size, a: 1 + 3 * size, m: 0, count: size, ...optimizer.numbers };
    for (let index = 0; index < 500; index++) {
      readable(optimizer.op).forward(memory, row, { index, order: 0, learningRate: 0.001 });
    }
    const isNegative = (_: number, i: number) => heap[row.v + i] < heap[row.a + i] ** 2;
    expect(gradients.some(isNegative)).toBe(true);
    expect(heap.some(Number.isNaN)).toBe(false);
  });

  it("clips each weight, or all of them, and decays before it updates", () => {
    const scopes = (optimizer: Optimizer) => updatesOf(optimizer).map(({ op, scope }) => `${op.name} ${scope}`);
    expect(scopes(optimizers.sgd({ clipNorm: 1, weightDecay: 0.1 }))).toEqual([
      "clipByNorm weight",
      "decayWeights all",
      "sgd all",
    ]);
    expect(scopes(optimizers.adam({ globalClipNorm: 1 }))).toEqual(["clipByNorm all", "adam all"]);
    expect(scopes(optimizers.adamW({ clipValue: 1 }))).toEqual(["clipByValue all", "decayWeights all", "adam all"]);
    expect(scopes(optimizers.adamW({ weightDecay: 0 }))).toEqual(["adam all"]);
  });
});

describe("integerPower", () => {
  it("is the power", () => {
    for (const base of [0.9, 0.999, 0, 1, 2]) {
      for (const exponent of [0, 1, 2, 3, 10, 63, 64, 1000]) {
        const power = base ** exponent;
        expect(integerPower(base, exponent), `${base}^${exponent}`).toSatisfy(
          (result: number) => result === power || Math.abs(result / power - 1) < exponent * 2 ** -52,
        );
      }
    }
    expect(integerPower(0.999, 2 ** 31 + 5)).toBe(0);
  });
});

describe("resolveOptimizer", () => {
  it("takes a name, an optimizer and JSON", () => {
    expect(resolveOptimizer("adam", "compile")).toEqual(optimizers.adam());
    const given = optimizers.rmsprop({ momentum: 0.5, learningRate: 0.01 });
    expect(resolveOptimizer(given, "compile")).toBe(given);
    const back = resolveOptimizer(JSON.parse(JSON.stringify(given)), "compile");
    expect(back.numbers).toEqual(given.numbers);
    expect(back.slots).toEqual(given.slots);
    expect(back.learningRate).toBe(0.01);
  });

  it("has the defaults and state names of Keras 3", () => {
    expect(optimizers.sgd().learningRate).toBe(0.01);
    for (const name of ["rmsprop", "adagrad", "adadelta", "adam", "adamW", "adamax", "nadam", "lion"] as const) {
      expect(optimizers[name]().learningRate, name).toBe(0.001);
    }
    const slots = (optimizer: Optimizer) => optimizer.slots.map(({ name }) => name);
    expect(slots(optimizers.sgd())).toEqual([]);
    expect(slots(optimizers.sgd({ momentum: 0.9 }))).toEqual(["momentum"]);
    expect(slots(optimizers.rmsprop({ momentum: 0.9, centered: true }))).toEqual([
      "velocity",
      "momentum",
      "average_gradient",
    ]);
    expect(slots(optimizers.adam({ amsgrad: true }))).toEqual(["momentum", "velocity", "velocity_hat"]);
    expect(optimizers.adagrad().slots).toEqual([{ field: "a", name: "accumulator", initial: 0.1 }]);
  });

  it("refuses what it cannot use, and says what would do", () => {
    const message = (call: () => unknown) => {
      try {
        call();
      } catch (error) {
        expect(error).toBeInstanceOf(ArgumentError);
        return (error as Error).message;
      }
      throw new Error("nothing was thrown");
    };
    expect(message(() => resolveOptimizer("Adm", "compile"))).toContain('Did you mean "adam"?');
    expect(message(() => resolveOptimizer(3, "compile"))).toContain("got 3");
    expect(message(() => resolveOptimizer({ name: "__proto__" }, "compile"))).toContain("optimizer cannot be");
    expect(message(() => optimizers.adam({ beta_1: 0.9 } as object))).toContain('Did you mean "beta1"?');
    expect(message(() => optimizers.adam({ beta1: 1 }))).toContain("beta1 must be a finite number ≥ 0 and < 1, got 1");
    expect(message(() => optimizers.adam({ learningRate: -1 }))).toContain("learningRate must be a finite number ≥ 0");
    expect(message(() => optimizers.adam({ learningRate: "fast" as never }))).toContain("must be a schedule");
    expect(message(() => optimizers.sgd({ clipNorm: 0 }))).toContain("clipNorm must be a finite number > 0");
    expect(message(() => optimizers.sgd({ clipNorm: 1, clipValue: 1 } as never))).toContain("clipNorm and clipValue");
    expect(message(() => optimizers.sgd({ nesterov: 1 as never }))).toContain("nesterov must be true or false");
  });

  it("checks every learning rate a function gives", () => {
    const optimizer = optimizers.sgd({ learningRate: (step) => 1 - step });
    expect(learningRateAt(optimizer, 0)).toBe(1);
    expect(() => learningRateAt(optimizer, 2)).toThrow("learningRate at step 2 must be a finite number ≥ 0, got -1");
    const odd = optimizers.sgd({ learningRate: (() => "0.1") as never });
    expect(() => learningRateAt(odd, 0)).toThrow(ArgumentError);
  });
});
