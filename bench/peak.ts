import type { Contender } from "./measure";

/** Independent sums: as many as V8 has registers for besides the two operands. Twelve fill two multipliers and two adders of three cycles. */
const SUMS = 13;

/** AssemblyScript of a loop that only multiplies and adds, four float32 at a time. */
export function peakSource(): string {
  const sums = Array.from({ length: SUMS }, (_, i) => `s${i}`);
  return `export function peak(steps: i32): void {
    let x = v128.load(1024), y = v128.load(1040), ${sums.map((sum, i) => `${sum} = v128.load(1024, ${16 * i})`)};
    for (let i = 0; i < steps; i++) { ${sums.map((sum) => `${sum} = f32x4.add(f32x4.mul(${sum}, x), y);`).join(" ")} }
    ${sums.map((sum, i) => `v128.store(1024, ${sum}, ${16 * i});`).join(" ")}
  }`;
}

/** Steps of the loop that are the work done once. */
export const STEPS = 1000;

/** Floating-point operations of doing the work of `peakContender` once. */
export const PEAK_FLOPS = SUMS * 4 * 2 * STEPS;

/** What the figures of a machine are shares of. */
export interface Peaks {
  /** One core. */
  readonly one: Contender;
  /**
   * The same on two cores at once, where there are threads. It says what a second thread can bring at best: two cores may
   * share a clock, a host may lend them to others, and what a system calls cores may be halves of one.
   */
  readonly two?: Contender;
}

/** What one core can do at most with 128-bit multiplications and additions. `binary` is compiled from `peakSource`. */
export async function peakContender(binary: BufferSource): Promise<Contender> {
  const { instance } = await WebAssembly.instantiate(binary);
  const peak = instance.exports.peak as (steps: number) => void;
  return { name: "peak", run: (times) => peak(STEPS * times) };
}
