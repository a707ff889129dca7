import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
  | "probabilityAbove"
  | "copySign"
  | "selectAboveOne";

type MapArray = (source: number, target: number, count: number) => void;

/** Bytes of the probe's memory that are free to use from 0 on: it has no data of its own below. */
export const PROBE_BYTES = 64 * 65536;

const source = "tests/fixtures/assembly/vectorProbe.ts";
// A configuration file that does not exist, for the project's own names the entries of the product.
const options = [
  "--config",
  "none",
  "--runtime",
  "stub",
  "--enable",
  "simd",
  "--optimizeLevel",
  "3",
  "--noAssert",
].concat(["--initialMemory", String(PROBE_BYTES / 65536)], ["--outFile", "probe.wasm", "--textFile", "probe.wat"]);

/** One hash of everything that the probe is made of. */
function hashSources(): string {
  const hash = createHash("sha256").update(options.join(" "));
  const sources = (readdirSync("assembly", { recursive: true }) as string[])
    .filter((name) => name.endsWith(".ts"))
    .sort();
  for (const file of [source, "package-lock.json", ...sources.map((name) => join("assembly", name))]) {
    hash.update(`${file}\n`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** What the compiler makes of the probe: compiling takes seconds, so it is kept in build/ as long as the sources are the same. */
async function compile(): Promise<{ bytes: Uint8Array<ArrayBuffer>; text: string }> {
  const folder = `build/probes/${hashSources()}`;
  const [binary, written] = [join(folder, "probe.wasm"), join(folder, "probe.wat")];
  if (existsSync(folder)) return { bytes: new Uint8Array(readFileSync(binary)), text: readFileSync(written, "utf8") };
  const outputs = new Map<string, string | Uint8Array>();
  const { default: asc } = await import("assemblyscript/asc");
  const { error, stderr } = await asc.main([source, ...options], {
    writeFile: (name, contents) => void outputs.set(name, contents),
  });
  if (error) throw new Error(stderr.toString());
  // Written beside and moved there whole: another test may look at the same time.
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  for (const [name, contents] of outputs) writeFileSync(join(partial, name), contents);
  try {
    renameSync(partial, folder);
  } catch {
    rmSync(partial, { recursive: true });
  }
  return { bytes: outputs.get("probe.wasm") as Uint8Array<ArrayBuffer>, text: outputs.get("probe.wat") as string };
}

/** Compiles and starts the probe. Also hands out its text form. */
export async function startVectorProbe(): Promise<{
  probe: VectorProbe & Record<MappedFunction, MapArray>;
  text: string;
}> {
  const { bytes, text } = await compile();
  const { instance } = await WebAssembly.instantiate(bytes);
  return { probe: instance.exports as unknown as VectorProbe & Record<MappedFunction, MapArray>, text };
}
