import asc from "assemblyscript/asc";
import { peakSource } from "./peak";

/** Compiles the loop that the peak is measured with. */
export async function compilePeak(): Promise<Uint8Array<ArrayBuffer>> {
  const { binary, error, stderr } = await asc.compileString(peakSource(), {
    optimizeLevel: 3,
    runtime: "stub",
    initialMemory: 1,
    enable: ["simd"],
  });
  if (error ?? !binary) throw new Error(`${error?.message}\n${stderr.toString()}`);
  return new Uint8Array(binary);
}
