import type { Arithmetic } from "../../program/program";
import { compileBytes } from "./compileBytes";
import { packagedModule } from "./packaged";
import { unpack } from "./unpack";
import { hasWideVectors } from "./wideVectors";

/** All builds. Each stands in a chunk of its own, of which most programs load one. */
const builds = {
  minimal: async () => (await import("./generated/minimal")).minimal,
  basic: async () => (await import("./generated/basic")).basic,
  basicForward: async () => (await import("./generated/basicForward")).basicForward,
  strict: async () => (await import("./generated/strict")).strict,
  threads: async () => (await import("./generated/threads")).threads,
  relaxed: async () => (await import("./generated/relaxed")).relaxed,
  relaxedThreads: async () => (await import("./generated/relaxedThreads")).relaxedThreads,
};

export type Build = keyof typeof builds;

/** A build that has the kernels of some operations only, and the names of these: a list of generated/contents.ts. */
export interface SmallBuild {
  readonly build: "minimal" | "basic" | "basicForward";
  readonly operations: string;
}

/** What programs ask of a module. */
export interface Needs {
  readonly math: Arithmetic;
  /** Whether threads share its memory. */
  readonly isShared: boolean;
  /** The operations whose kernels it must have, by name. */
  readonly operations: Iterable<string>;
}

const compiled = new Map<Build, Promise<WebAssembly.Module>>();

/** Knows modules that are not inlined: returns how to get a build, undefined when it is not there. */
export type ModuleProvider = (build: Build) => (() => Promise<WebAssembly.Module>) | undefined;

let provided: ModuleProvider = packagedModule;

/** Takes modules from elsewhere, as far as they are there. */
export function provideModules(provider: ModuleProvider): void {
  provided = (build) => provider(build) ?? packagedModule(build);
}

/**
 * The module for some programs: the first of the small ones that has all they need, else the one with every kernel. A kernel
 * computes the same bits in each. The small ones have no loops for vectors of 256 bits.
 */
export async function moduleFor(
  { math, isShared, operations }: Needs,
  small: readonly SmallBuild[],
): Promise<WebAssembly.Module> {
  if (math === "relaxed") return compileModule(isShared ? "relaxedThreads" : "relaxed");
  if (isShared) return compileModule("threads");
  const needed = [...operations];
  const hasAll = (build: SmallBuild) => needed.every((name) => build.operations.split(" ").includes(name));
  return compileModule(provided("strict") || hasWideVectors() ? "strict" : small.find(hasAll)?.build);
}

/**
 * A module, compiled once a process, and never synchronously, which browsers forbid on the main thread. Relaxed ones give way
 * to strict ones where the engine does not know their instructions, which is said.
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

async function loadModule(build: Build): Promise<WebAssembly.Module> {
  const strict = build === "relaxed" ? "strict" : build === "relaxedThreads" ? "threads" : undefined;
  if (strict && !(await import("./relaxed")).hasRelaxedSimd()) {
    console.warn('wasmgrad: this engine has no relaxed SIMD: math is "strict".');
    return compileModule(strict);
  }
  const provide = typeof WebAssembly === "undefined" ? undefined : provided(build);
  return provide ? provide() : compileBytes(await unpack(await builds[build]()), "WebAssembly");
}
