import { WebAssemblyError } from "../errors";
import type { Memory } from "../ops/op";
import type { Arithmetic, Engine, LoadedProgram, Program, Slice } from "./engine";
import { hasRelaxedSimd } from "./features";
import { strict } from "./generated/strict";
import { fixedMemory, Kernels } from "./kernels";
import { compileBytes, configuredSource, loadSource } from "./source";

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The builds of assembly/. The one that most need is at hand, the others are loaded when somebody does. */
const builds = {
  strict: async () => strict,
  threads: async () => (await import("./generated/threads")).threads,
  relaxed: async () => (await import("./generated/relaxed")).relaxed,
  relaxedThreads: async () => (await import("./generated/relaxedThreads")).relaxedThreads,
};

export type Build = keyof typeof builds;

const compiled = new Map<Build, Promise<WebAssembly.Module>>();

/**
 * The module, compiled once a process: browsers forbid compiling one of this size synchronously on the main thread.
 *
 * @throws WebAssemblyError, after which it may be tried again
 */
export function compileModule(build: Build = "strict"): Promise<WebAssembly.Module> {
  let module = compiled.get(build);
  if (!module) {
    module = loadModule(build);
    compiled.set(build, module);
    module.catch(() => compiled.delete(build));
  }
  return module;
}

/** Whether any build has been compiled in this process. */
export function isCompiled(): boolean {
  return compiled.size > 0;
}

/** Relaxed builds give way to strict ones where the engine does not know their instructions, which is said once. */
async function loadModule(build: Build): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined") {
    throw new WebAssemblyError("this runtime has no WebAssembly.", "forbidden");
  }
  const isRelaxed = build === "relaxed" || build === "relaxedThreads";
  if (isRelaxed && !hasRelaxedSimd()) {
    console.warn('wasmgrad: this engine has no relaxed SIMD: math is "strict".');
    return compileModule(build === "relaxed" ? "strict" : "threads");
  }
  const source = configuredSource(build);
  if (source !== undefined) return loadSource(source, build);
  return compileBytes(decodeBase64(await builds[build]()), "WebAssembly");
}

/** The build for an arithmetic, and for memory that threads share or not. */
export function buildFor(math: Arithmetic, isShared: boolean): Build {
  if (math === "relaxed") return isShared ? "relaxedThreads" : "relaxed";
  return isShared ? "threads" : "strict";
}

interface WasmProgram extends LoadedProgram {
  readonly address: number;
}

/** The SIMD kernels over one fixed `WebAssembly.Memory`, on this thread. */
export class WasmEngine implements Engine {
  readonly kind = "wasm";
  readonly memory: Memory;
  readonly #kernels: Kernels;
  readonly #step: number;

  /** `stepAddress` is where the engine keeps the step, `STEP_BYTES` long. */
  constructor(module: WebAssembly.Module, bytes: number, stepAddress: number) {
    this.#kernels = new Kernels(module, fixedMemory(bytes, false));
    this.memory = this.#kernels.memory;
    this.#step = stepAddress;
  }

  load(program: Program, address: number): WasmProgram {
    this.#kernels.writeProgram(program, address);
    return { program, address };
  }

  run(loaded: LoadedProgram, slice: Slice): number {
    const { address } = loaded as WasmProgram;
    this.#kernels.writeStep(slice, this.#step);
    return this.#kernels.exports.run(address, this.#step, slice.stepCount, slice.learningRates, slice.losses);
  }
}
