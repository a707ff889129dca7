import { ArgumentError, StateError } from "../errors";
import { checkOptions, show } from "../options";
import { isA } from "../platform/realm";
import { type FullBuild, useSources, type WasmSource } from "./module/source";
import { isCompiled } from "./module/modules";
import { useWorkerScript } from "./workers/workerScriptAddress";

/** Where the parts of wasmgrad are that it otherwise has within itself. */
export interface Configuration {
  /**
   * The WebAssembly binary, default: inlined in the package's JavaScript. A source is that of the build `"strict"`, which
   * one thread with strict arithmetic uses; the other builds are named: `{ strict, threads, relaxed, relaxedThreads }`, and
   * what is not named stays inlined. An address that ends in `/` is a folder with all of the package's `dist/wasm`.
   * Streamed while it is compiled, where it is served as `application/wasm`.
   */
  readonly wasm?: WasmSource | Readonly<Partial<Record<FullBuild, WasmSource>>>;
  /**
   * Address of the script that workers run, the package's `wasmgrad/worker.js`, default: a `blob:` address of a copy within
   * the package. For pages whose content security policy says `worker-src 'self'`. Node needs none and does not read it.
   */
  readonly worker?: string | URL;
}

/**
 * Says where the binaries and the worker's script come from, for those who serve them as files. Call it before the first
 * model or core is used; what it is given is read then, so that its errors come from `fit`, `predict` or `createCore`.
 *
 * @throws ArgumentError for anything that is no source; StateError when WebAssembly or a worker is in use already
 */
export function configure(configuration: Configuration): void {
  checkOptions("configure", configuration, ["wasm", "worker"]);
  const { wasm, worker } = configuration ?? {};
  if (wasm !== undefined && isCompiled()) {
    throw new StateError("configure: WebAssembly is compiled already. Call configure before the first model is used.");
  }
  if (worker !== undefined && !isA("URL", worker) && (typeof worker !== "string" || worker === "")) {
    throw new ArgumentError(`configure: worker must be a URL, got ${show(worker)}.`);
  }
  if (wasm !== undefined) useSources(wasm);
  if (worker !== undefined) useWorkerScript(worker);
}
