import { setFlagsFromString } from "node:v8";
import { isCompiled } from "../engine/module/modules";
import { announceWideVectors } from "../engine/module/wideVectors";
import { StateError } from "../errors";

/**
 * Lets V8 turn pairs of 128-bit vector instructions into 256-bit ones, on x86-64 processors with AVX2 and from the V8 of
 * Node 26 on; elsewhere nothing changes. Results keep their bits, because every lane is computed as before.
 *
 * Experimental: it sets V8's `--experimental-wasm-revectorize` for the whole process. Call it before the first model is
 * used.
 *
 * @throws StateError when the kernels have been compiled already
 */
export function enableRevectorizer(): void {
  if (isCompiled()) {
    throw new StateError(
      "enableRevectorizer: the kernels are compiled already. Call it before the first model is used.",
    );
  }
  if (Number.parseInt(process.versions.node, 10) < 26 || process.arch !== "x64") return;
  setFlagsFromString("--experimental-wasm-revectorize");
  announceWideVectors();
}
