import { FormatError } from "../../errors";
import { parseJson } from "../../formats/json";
import { JsonField } from "../../formats/jsonField";
import { encodeSafetensors } from "../../formats/safetensors/encode";
import { METADATA_NAME } from "../../saving/fileFormat";
import { MAXIMUM_RANK } from "../../tensor/tensor";
import type { ForeignTensor } from "../tensors";
import { undoSteps, WEIGHTS_NAME, type WeightStep } from "./weightSteps";
import type { Model } from "wasmgrad";

const WHO = "importModel";
const MOST_STEPS = 8;
const MOST_NUMBERS = 2 ** 31;

const integersOf = (field: JsonField, most: number) => field.elements(64).map((each) => each.integer(most));

function readStep(field: JsonField): WeightStep {
  const [kind, value, ...more] = field.elements(2);
  const name = kind?.string();
  if (value === undefined || more.length) throw field.error("must be a name and what belongs to it.");
  if (name === "zeros") return ["zeros", value.integer(MOST_NUMBERS)];
  if (name === "reshape") return ["reshape", integersOf(value, MOST_NUMBERS)];
  if (name === "transpose" || name === "parts") {
    const order = integersOf(value, 63);
    if (order.length === 0 || new Set(order).size !== order.length || order.some((i) => i >= order.length))
      throw value.error("must be an order.");
    return [name, order];
  }
  throw field.error("is no step that this version of wasmgrad knows.");
}

/** Whether the metadata of a file of ONNX say that wasmgrad has written it. */
export function isOwnOnnx(metadata: ReadonlyMap<string, string>): boolean {
  return metadata.has(METADATA_NAME) && metadata.has(WEIGHTS_NAME);
}

/** The description without what `compile` was told. */
function untrained(description: string): string {
  const { training: _, ...rest } = parseJson(description, WHO) as Record<string, unknown>;
  return JSON.stringify(rest);
}

/**
 * The model in a file of ONNX that wasmgrad has written, as it was: the same layers, the same bits. What was compiled is compiled
 * again; the state of its optimizer begins anew.
 *
 * @param metadata the file's `metadata_props`
 * @param initializers the tensors of its graph
 * @param compile whether it is compiled as it was
 * @returns undefined where the file is not one of wasmgrad's
 * @throws FormatError where it contradicts itself
 */
export function readOwnOnnx(
  metadata: ReadonlyMap<string, string>,
  initializers: ReadonlyMap<string, ForeignTensor>,
  compile = true,
): Promise<Model> | undefined {
  const description = metadata.get(METADATA_NAME);
  const weights = metadata.get(WEIGHTS_NAME);
  if (description === undefined || weights === undefined) return undefined;
  const wanted = compile ? description : untrained(description);
  return rebuild(wanted, new JsonField(parseJson(weights, WHO), `${WHO}: weights`), initializers);
}

async function rebuild(
  description: string,
  weights: JsonField,
  initializers: ReadonlyMap<string, ForeignTensor>,
): Promise<Model> {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const names = Object.keys(weights.record());
  const fields = weights.members(names);
  for (const name of names) {
    const { initializer, shape, steps } = fields[name].members(["initializer", "shape", "steps"]);
    const own = shape.elements(MAXIMUM_RANK).map((size) => size.integer(MOST_NUMBERS));
    const found = initializers.get(initializer.string());
    const all = steps.elements(MOST_STEPS).map(readStep);
    const weight = found && undoSteps(found, own, all);
    if (!weight || weight.data.length !== own.reduce((a, b) => a * b, 1)) {
      throw new FormatError(`${WHO}: the file of wasmgrad lacks the numbers of the weight ${name}.`);
    }
    tensors.set(name, weight);
  }
  const bytes = encodeSafetensors(tensors, { [METADATA_NAME]: description });
  const { decodeModel } = await import("../../model/decodeModel");
  return (await decodeModel(bytes, { onWarning: () => {} })) as unknown as Model;
}
