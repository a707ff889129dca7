import type { Memory } from "../ops/op";
import { explainTrap } from "./trap";
import type { Engine, LoadedProgram } from "./engine";
import type { Program, Slice } from "../program/program";
import { instantiate } from "./module/instantiate";
import { fixedMemory, Kernels } from "./kernels";

interface WasmProgram extends LoadedProgram {
  readonly address: number;
}

/** The SIMD kernels over one fixed `WebAssembly.Memory`, on this thread. */
export class WasmEngine implements Engine {
  readonly kind = "wasm";
  readonly memory: Memory;
  readonly #kernels: Kernels;
  readonly #step: number;
  #isBroken = false;

  /** `stepAddress` is where the engine keeps the step, `STEP_BYTES` long. */
  constructor(module: WebAssembly.Module, bytes: number, stepAddress: number) {
    this.#kernels = new Kernels(module, fixedMemory(bytes, false), instantiate);
    this.memory = this.#kernels.memory;
    this.#step = stepAddress;
  }

  /** Whether a kernel has failed, which may have written anywhere. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  load(program: Program, address: number): WasmProgram {
    this.#kernels.writeProgram(program, address);
    return { program, address };
  }

  /** @throws InternalError when a kernel fails */
  run(loaded: LoadedProgram, slice: Slice): number {
    const { address } = loaded as WasmProgram;
    this.#kernels.writeStep(slice, this.#step);
    try {
      return this.#kernels.exports.run(address, this.#step, slice.stepCount, slice.learningRates, slice.losses);
    } catch (cause) {
      this.#isBroken = true;
      throw explainTrap(cause);
    }
  }
}
