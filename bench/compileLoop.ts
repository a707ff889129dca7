import asc from "assemblyscript/asc";
import { peakSource } from "./peak";

/** Compiles AssemblyScript of loops that a machine's limits are measured with; `pages` of 64 kB are its memory. */
export async function compileLoop(source: string, pages = 1): Promise<Uint8Array<ArrayBuffer>> {
  const { binary, error, stderr } = await asc.compileString(source, {
    optimizeLevel: 3,
    runtime: "stub",
    initialMemory: pages,
    enable: ["simd"],
  });
  if (error ?? !binary) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return new Uint8Array(binary);
}

/** Compiles the loop that the peak is measured with. */
export function compilePeak(): Promise<Uint8Array<ArrayBuffer>> {
  return compileLoop(peakSource());
}
