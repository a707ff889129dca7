import asc from "assemblyscript/asc";

/** tests/fixtures/assembly/vectorProbe.ts, compiled and running. */
export interface VectorProbe {
  memory: WebAssembly.Memory;
  sum(source: number): number;
  sumFloat64(source: number): number;
  max(source: number): number;
  clamp(source: number, target: number, count: number, low: number, high: number): void;
  key(seed: number, stream: number, step: number): number;
  bits(key: number, index: number): number;
  bitsOfLanes(key: number, index: number, target: number, count: number): void;
  uniformOfLanes(key: number, index: number, target: number, count: number): void;
}

export type MappedFunction =
  | "exp"
  | "expMinusOne"
  | "log"
  | "logOnePlus"
  | "tanh"
  | "sigmoid"
  | "softplus"
  | "erf"
  | "copySign"
  | "selectAboveOne";

type MapArray = (source: number, target: number, count: number) => void;

/** Bytes of the probe's memory that are free to use from 0 on: it has no data of its own below. */
export const PROBE_BYTES = 64 * 65536;

/** Compiles and starts the probe. Also hands out its text form. */
export async function startVectorProbe(): Promise<{
  probe: VectorProbe & Record<MappedFunction, MapArray>;
  text: string;
}> {
  const outputs = new Map<string, string | Uint8Array>();
  const source = "tests/fixtures/assembly/vectorProbe.ts";
  // A configuration file that does not exist, for the project's own names the entries of the product.
  const options = ["--config", "none", "--runtime", "stub", "--enable", "simd", "--optimizeLevel", "3", "--noAssert"];
  const pages = String(PROBE_BYTES / 65536);
  const { error, stderr } = await asc.main(
    [source, ...options, "--initialMemory", pages, "--outFile", "probe.wasm", "--textFile", "probe.wat"],
    { writeFile: (name, contents) => void outputs.set(name, contents) },
  );
  if (error) throw new Error(stderr.toString());
  const bytes = outputs.get("probe.wasm") as Uint8Array<ArrayBuffer>;
  const { instance } = await WebAssembly.instantiate(bytes);
  return {
    probe: instance.exports as unknown as VectorProbe & Record<MappedFunction, MapArray>,
    text: outputs.get("probe.wat") as string,
  };
}
