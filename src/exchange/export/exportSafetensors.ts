import { ArgumentError } from "../../errors";
import { encodeSafetensors } from "../../formats/safetensors/encode";
import { show } from "../../options";
import type { ModelParts, WeightTensor } from "./modelParts";

/** Options of exports to safetensors. */
export interface SafetensorsExportOptions {
  /** Names in the file by those here: a record of some of them, or a function of each. Default: those here. */
  names?: Readonly<Record<string, string>> | ((name: string) => string) | undefined;
}

const WHO = "exportModel";
/** What the reference writes for files of PyTorch: without it some readers refuse a file. */
const METADATA = { format: "pt" };

/**
 * The bytes of a file of all weights and states in float32, in the layouts that they have here.
 *
 * @throws ArgumentError for names that are no text, that no weight has, or that two weights would have
 */
export function exportSafetensors(
  { tensors }: ModelParts,
  { names = {} }: SafetensorsExportOptions,
): Uint8Array<ArrayBuffer> {
  const rename = readNames(names, tensors);
  const named = new Map<string, WeightTensor>();
  for (const [own, tensor] of tensors) {
    const name: unknown = rename(own);
    if (typeof name !== "string" || name === "" || name === "__metadata__" || /\p{Surrogate}/u.test(name)) {
      throw new ArgumentError(`${WHO}: names must give each weight a name, got ${show(name)} for ${own}.`);
    }
    if (named.has(name)) throw new ArgumentError(`${WHO}: names give two weights the name ${show(name)}.`);
    named.set(name, tensor);
  }
  return encodeSafetensors(named, METADATA) as Uint8Array<ArrayBuffer>;
}

function readNames(
  names: Exclude<SafetensorsExportOptions["names"], undefined>,
  tensors: ReadonlyMap<string, unknown>,
): (name: string) => unknown {
  if (typeof names === "function") return names;
  if (names === null || typeof names !== "object") {
    throw new ArgumentError(`${WHO}: names must be a record or a function, got ${show(names)}.`);
  }
  const unknown = Object.keys(names).find((name) => !tensors.has(name));
  if (unknown === undefined) return (name) => (Object.hasOwn(names, name) ? names[name] : name);
  throw new ArgumentError(
    `${WHO}: names.${unknown}: the model has no such weight, but ${[...tensors.keys()].join(", ")}.`,
  );
}
