/** What computes: WebAssembly. */
export interface WasmEngineOptions {
  /**
   * `"wasm"`, or `"js"`, the readable kernels in plain JavaScript, which compute in float64 what they keep in float32, so that
   * weights agree with those of `"wasm"` to about six digits and not to the last bit. Default: `"wasm"`; where this runtime
   * or the page's content security policy forbids WebAssembly, `"js"` on the calling thread, after one warning. Asked for by
   * name, `"wasm"` is a WebAssemblyError there.
   */
  engine?: "wasm" | undefined;
  /**
   * Threads, 1 to 64, for steps that are large enough to gain by them; smaller ones run on one, whatever is asked for. The
   * bits of the result do not depend on it. `"auto"`: as many as there are cores, at most 8. Default 1. On a page it must be
   * cross-origin isolated, else there is one thread; as the main thread of a page must not wait, all of them are workers.
   */
  threads?: number | "auto" | undefined;
  /**
   * Whether steps run in a worker, so that the calling thread stays free: a page goes on scrolling and drawing while it
   * trains. The bits of the result do not depend on it. It costs some tens of microseconds for every 10 ms of work, so that
   * nets of microseconds a step with few steps an epoch train slower. On pages that are not cross-origin isolated the memory
   * is there twice, and weights and optimizer state are copied after every slice. Default false.
   */
  worker?: boolean | undefined;
  /**
   * `"strict"` (default): the same bits on every machine. `"relaxed"`: fused multiply-add in matrix products, which is
   * faster on some processors and differs in the last bits between them; where the engine lacks it, strict with a warning.
   */
  math?: "strict" | "relaxed" | undefined;
}

/** What computes: the readable kernels, in plain JavaScript. */
export interface JsEngineOptions {
  /**
   * `"js"`, the readable kernels in plain JavaScript, which compute in float64 what they keep in float32, so that weights
   * agree with those of `"wasm"`, the default, to about six digits and not to the last bit.
   */
  engine: "js";
  /** This engine has one thread. */
  threads?: 1 | "auto" | undefined;
  /** This engine runs on the calling thread. */
  worker?: false | undefined;
  /** This engine rounds after every operation. */
  math?: "strict" | undefined;
}

/** What computes a model, and where. */
export type EngineOptions = WasmEngineOptions | JsEngineOptions;
