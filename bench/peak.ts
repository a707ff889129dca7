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

/** Floating-point operations of doing the work of `peakContender` once. */
export const PEAK_FLOPS = SUMS * 4 * 2 * 1000;

/** What one core can do at most with 128-bit multiplications and additions. `binary` is compiled from `peakSource`. */
export async function peakContender(binary: BufferSource): Promise<Contender> {
  const { instance } = await WebAssembly.instantiate(binary);
  const peak = instance.exports.peak as (steps: number) => void;
  return { name: "peak", run: (times) => peak(1000 * times) };
}
