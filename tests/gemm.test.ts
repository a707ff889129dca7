// The three matrix products against plain float64 loops: every small size, primes, strides, bias, accumulation. Guard
// bands around each matrix show that nothing outside is written and, being NaN, that nothing outside is used.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Form = "NN" | "TN" | "NT";

interface Exports {
  gemmNN(...sizesAndPointers: number[]): void;
  gemmTN(...sizesAndPointers: number[]): void;
  gemmNT(...sizesAndPointers: number[]): void;
  gemmWorkspaceBytes(m: number, n: number, k: number): number;
}

interface Case {
  form: Form;
  m: number;
  n: number;
  k: number;
  /** Elements between the end of a row and the start of the next, in all three matrices. */
  gap?: number;
  bias?: boolean;
  add?: boolean;
}

interface Matrix {
  rows: number;
  columns: number;
  stride: number;
  address: number;
}

const memory = new WebAssembly.Memory({ initial: 640 });
const heap = new Float32Array(memory.buffer);
const module = new WebAssembly.Module(readFileSync("build/strict.wasm"));
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const gemm = exports as unknown as Exports;

/** Where assembly/simd/wideVectors.ts looks. */
const WIDE_VECTORS = 64;

const guard = 67;
/** A NaN whose bits no arithmetic produces. */
const guardBits = 0x7fabcdef;
const heapBits = new Uint32Array(memory.buffer);

let state = 1;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 31 - 1;
}

/** Lays matrices out one after the other, with guards between them and between their rows. */
function layout(sizes: [rows: number, columns: number, gap: number][]): { matrices: Matrix[]; end: number } {
  let address = 16384;
  const matrices = sizes.map(([rows, columns, gap]) => {
    const stride = columns + gap;
    const matrix = { rows, columns, stride, address: address + guard };
    address += rows * stride + 2 * guard;
    return matrix;
  });
  heapBits.fill(guardBits, 16384, address);
  return { matrices, end: address };
}

function fill({ rows, columns, stride, address }: Matrix): void {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) heap[address + i * stride + j] = random();
}

function countGuards(end: number): number {
  let count = 0;
  for (let i = 16384; i < end; i++) if (heapBits[i] === guardBits) count++;
  return count;
}

/** Runs one product; gives its largest error relative to the largest value. */
function run({ form, m, n, k, gap = 0, bias = false, add = false }: Case): number {
  const aShape: [number, number] = form === "TN" ? [k, m] : [m, k];
  const bShape: [number, number] = form === "NT" ? [n, k] : [k, n];
  const workspaceBytes = gemm.gemmWorkspaceBytes(m, n, k);
  const { matrices, end } = layout([
    [...aShape, gap],
    [...bShape, gap],
    [m, n, gap],
    [1, n, 0],
    [1, workspaceBytes / 4, 0],
  ]);
  const [a, b, c, start, workspace] = matrices;
  for (const matrix of [a, b, c, start]) fill(matrix);
  const expected = reference(form, m, n, k, a, b, c, bias ? start : null, add);
  const guards = countGuards(end) - workspaceBytes / 4;
  const leading = [m, n, k, a.address * 4, a.stride, b.address * 4, b.stride, c.address * 4, c.stride];
  const trailing = [add ? 1 : 0, workspace.address * 4];
  if (form === "NN") gemm.gemmNN(...leading, bias ? start.address * 4 : 0, ...trailing);
  else gemm[`gemm${form}`](...leading, ...trailing);
  heapBits.fill(0, workspace.address, workspace.address + workspaceBytes / 4);
  expect(countGuards(end)).toBe(guards);
  return largestError(c, expected);
}

function reference(
  form: Form,
  m: number,
  n: number,
  k: number,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  bias: Matrix | null,
  add: boolean,
): Float64Array {
  const [aRow, aStep] = form === "TN" ? [1, a.stride] : [a.stride, 1];
  const [bStep, bColumn] = form === "NT" ? [1, b.stride] : [b.stride, 1];
  // One row after the other, without gaps and in float64: the loop over them is most of what this file does.
  const right = new Float64Array(k * n);
  for (let p = 0; p < k; p++) {
    for (let j = 0; j < n; j++) right[p * n + j] = heap[b.address + p * bStep + j * bColumn];
  }
  const expected = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    const sums = expected.subarray(i * n, i * n + n);
    for (let j = 0; j < n; j++) {
      sums[j] = (bias ? heap[bias.address + j] : 0) + (add ? heap[c.address + i * c.stride + j] : 0);
    }
    for (let p = 0; p < k; p++) {
      const factor = heap[a.address + i * aRow + p * aStep];
      const offset = p * n;
      for (let j = 0; j < n; j++) sums[j] += factor * right[offset + j];
    }
  }
  return expected;
}

function largestError(c: Matrix, expected: Float64Array): number {
  let largest = 0;
  let error = 0;
  for (let i = 0; i < expected.length; i++) {
    const value = heap[c.address + Math.floor(i / c.columns) * c.stride + (i % c.columns)];
    largest = Math.max(largest, Math.abs(expected[i]));
    const difference = Math.abs(value - expected[i]);
    error = Math.max(error, Number.isNaN(difference) ? Infinity : difference);
  }
  return error / largest;
}

const forms: Form[] = ["NN", "TN", "NT"];
const smallSizes = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31];
const largeSizes: [number, number, number][] = [
  [61, 127, 211],
  [131, 523, 331],
  [257, 19, 647],
  [2, 33, 1024],
  [3, 521, 641],
  [1, 1027, 1033],
  // wider than the sums of a matrix that no cache holds
  [2, 2309, 131],
  [2, 512, 6],
  [37, 1, 1021],
  [1, 10, 784],
  [129, 10, 512],
  // several segments of the reduction, of c in one part and in several
  [133, 523, 2051],
  [3, 200, 3001],
  [150, 9, 2050],
  [5, 1, 4099],
];

describe.each(forms)("gemm%s", (form) => {
  test("every combination of small sizes", () => {
    for (const m of smallSizes) {
      for (const n of smallSizes) {
        for (const k of smallSizes) {
          const error = run({ form, m, n, k });
          expect(error, `${m}×${n}×${k}`).toBeLessThanOrEqual(3e-6);
        }
      }
    }
  });

  test("small sizes with strides, bias and accumulation", () => {
    for (const m of [1, 3, 4, 9, 18]) {
      for (const n of [1, 2, 5, 10, 16, 19]) {
        for (const k of [1, 6, 17, 40]) {
          const error = run({ form, m, n, k, gap: 3, bias: form === "NN", add: (m + n) % 2 === 0 });
          expect(error, `${m}×${n}×${k}`).toBeLessThanOrEqual(3e-6);
        }
      }
    }
  });

  test.each(largeSizes)("%i×%i×%i", (m, n, k) => {
    for (const add of [false, true]) {
      for (const gap of [0, 5]) {
        expect(run({ form, m, n, k, gap, add })).toBeLessThanOrEqual(3e-6);
        if (form === "NN") expect(run({ form, m, n, k, gap, add, bias: true })).toBeLessThanOrEqual(3e-6);
      }
    }
  });

  test("a reduction of 4096", () => {
    expect(run({ form, m: 50, n: 20, k: 4096 })).toBeLessThanOrEqual(1e-5);
    expect(run({ form, m: 50, n: 1, k: 4096 })).toBeLessThanOrEqual(1e-5);
  });

  test("the bits of an element depend neither on the number of rows nor on that of columns", () => {
    for (const k of [1, 3, 15, 16, 47, 700, 2500]) {
      const whole = corner(form, 19, 150, k);
      for (const m of [1, 2, 3, 5, 19]) {
        for (const n of [2, 3, 10, 16, 37, 130]) {
          const expected = Float32Array.from({ length: m * n }, (_, i) => whole[Math.floor(i / n) * 150 + (i % n)]);
          expect(corner(form, m, n, k), `${m}×${n}×${k}`).toEqual(expected);
        }
      }
      // one column may have its own order, but the same one for any number of rows
      const column = corner(form, 19, 1, k);
      for (const m of [1, 2, 3, 5]) expect(corner(form, m, 1, k)).toEqual(column.subarray(0, m));
    }
  });
});

test.each(forms)(
  "gemm%s of one to three rows, which read wide matrices row by row, has the bits of many rows",
  (form) => {
    for (const [columns, k] of [
      [1091, 3],
      [1091, 7],
      [1091, 266],
      [1091, 1100],
      [4999, 61],
      [4999, 270],
    ]) {
      const whole = corner(form, 9, columns, k, 9, columns);
      for (const m of [1, 2, 3]) {
        for (const n of [319, 323, 514, 1091, columns]) {
          const expected = Float32Array.from({ length: m * n }, (_, i) => whole[Math.floor(i / n) * columns + (i % n)]);
          expect(corner(form, m, n, k, 9, columns), `${m}×${n}×${k}`).toEqual(expected);
        }
      }
    }
  },
);

test("the loops for vectors of 256 bits keep the bits", () => {
  for (const form of forms) {
    for (const [m, n, k] of [
      [19, 150, 700] as const,
      [6, 113, 9] as const,
      [18, 48, 17] as const,
      [7, 150, 2500] as const,
    ]) {
      const narrow = corner(form, m, n, k);
      heapBits[WIDE_VECTORS / 4] = 1;
      const wide = corner(form, m, n, k);
      heapBits[WIDE_VECTORS / 4] = 0;
      expect(wide, `${form} ${m}×${n}×${k}`).toEqual(narrow);
    }
  }
});

/** The first m rows and n columns of a fixed product, computed as a product of their own. */
function corner(form: Form, m: number, n: number, k: number, rows = 19, columns = 150): Float32Array {
  const { matrices } = layout([
    form === "TN" ? [k, rows, 0] : [rows, k, 0],
    form === "NT" ? [columns, k, 0] : [k, columns, 0],
    [m, n, 0],
    [1, gemm.gemmWorkspaceBytes(m, n, k) / 4, 0],
  ]);
  const [a, b, c, workspace] = matrices;
  state = k;
  fill(a);
  fill(b);
  const leading = [m, n, k, a.address * 4, a.stride, b.address * 4, b.stride, c.address * 4, c.stride];
  const bias = form === "NN" ? [0] : [];
  gemm[`gemm${form}`](...leading, ...bias, 0, workspace.address * 4);
  return heap.slice(c.address, c.address + m * n);
}
