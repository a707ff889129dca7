import { isNode, nodeModule } from "../node/nodeModule";
import type { Arithmetic } from "./engine";
import { compileBytes } from "./compileBytes";
import { packagedModule } from "./packaged";
import { hasRelaxedSimd } from "./relaxed";

/** A build of assembly/ as scripts/buildWasm.mjs inlines it: compressed (zlib) and in base64. */
export type Binary = string;

/** The builds that have every kernel, loaded when somebody needs them. */
const builds = {
  strict: async () => (await import("./generated/strict")).strict,
  threads: async () => (await import("./generated/threads")).threads,
  relaxed: async () => (await import("./generated/relaxed")).relaxed,
  relaxedThreads: async () => (await import("./generated/relaxedThreads")).relaxedThreads,
};

export type Build = keyof typeof builds;

/** What programs ask of a module. */
export interface Needs {
  readonly math: Arithmetic;
  /** Whether threads share its memory. */
  readonly isShared: boolean;
  /** The kernels it must have, by name. */
  readonly kernels: Iterable<string>;
}

const compiled = new Map<Build | Binary, Promise<WebAssembly.Module>>();

/** Knows modules that are not inlined: returns how to get a build, undefined when it is not there. */
export type ModuleProvider = (build: Build) => (() => Promise<WebAssembly.Module>) | undefined;

let provided: ModuleProvider = packagedModule;

/** Takes modules from elsewhere, as far as they are there. */
export function provideModules(provider: ModuleProvider): void {
  provided = (build) => provider(build) ?? packagedModule(build);
}

/**
 * The module for some programs: the small one, which is at hand, where it has all they need, else the one with every kernel.
 * A kernel computes the same bits in either. Compiled once a process, and never synchronously, which browsers forbid on the
 * main thread.
 */
export async function moduleFor({ math, isShared, kernels }: Needs, small: Binary): Promise<WebAssembly.Module> {
  if (math === "relaxed") return compileModule(isShared ? "relaxedThreads" : "relaxed");
  if (isShared) return compileModule("threads");
  if (provided("strict")) return compileModule("strict");
  const module = await once(small, () => compileBinary(small));
  const present = new Set(kernelNames(module));
  return [...kernels].every((name) => present.has(name)) ? module : compileModule("strict");
}

/**
 * The module with every kernel. Relaxed ones give way to strict ones where the engine does not know their instructions.
 *
 * @throws WebAssemblyError, after which it may be tried again
 */
export function compileModule(build: Build = "strict"): Promise<WebAssembly.Module> {
  return once(build, async () => {
    if ((build === "relaxed" || build === "relaxedThreads") && !hasRelaxedSimd()) {
      console.warn('wasmgrad: this engine has no relaxed SIMD: math is "strict".');
      return compileModule(build === "relaxed" ? "strict" : "threads");
    }
    const provide = typeof WebAssembly === "undefined" ? undefined : provided(build);
    return provide ? provide() : compileBinary(await builds[build]());
  });
}

/** Whether any module has been compiled in this process. */
export function isCompiled(): boolean {
  return compiled.size > 0;
}

/** The kernels of a module in the order in which every thread puts them into its function table. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module)
    .map(({ name }) => name)
    .filter((name) => /(For|Back)ward$/.test(name));
}

function once(key: Build | Binary, compile: () => Promise<WebAssembly.Module>): Promise<WebAssembly.Module> {
  let module = compiled.get(key);
  if (!module) {
    module = compile();
    compiled.set(key, module);
    module.catch(() => compiled.delete(key));
  }
  return module;
}

async function compileBinary(binary: Binary): Promise<WebAssembly.Module> {
  return compileBytes(await unpack(binary), "WebAssembly");
}

/** By Node's zlib, which other servers' runtimes have, too, and where there is none by the browser's. */
async function unpack(binary: Binary): Promise<BufferSource> {
  const packed = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  if (isNode) {
    const { inflateSync } = await nodeModule<typeof import("node:zlib")>("node:zlib");
    return inflateSync(packed);
  }
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
