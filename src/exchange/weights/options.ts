import { ArgumentError } from "../../errors";
import { boolean, checkOptions, oneOf, show } from "../../options";

/**
 * Which tensor or module of the file becomes which weight or layer of the model: `"fc1.weight"` → `"dense/kernel"`, `"fc1"` → `"dense"`.
 * null leaves it out; a list puts it into several, as tied weights are.
 */
export type WeightNames =
  | Readonly<Record<string, string | readonly string[] | null>>
  | ((name: string) => string | readonly string[] | null | undefined);

/** Options of `importWeights`. */
export interface ImportWeightsOptions {
  /**
   * What becomes what, by names: a record, or a function that is asked for each tensor and answers undefined for those that it does not
   * know. What is not named is matched as `match` says.
   */
  names?: WeightNames | undefined;
  /**
   * `"name"`: only what has the same name in file and model, where `.` and `/` are the same; `"order"`: by shapes and the order of layers,
   * whatever names say; `"auto"`: by name what has a name that you gave, the others by order. Default `"auto"`.
   */
  match?: "auto" | "name" | "order" | undefined;
  /** Of a checkpoint of PyTorch with several dictionaries: which one, by its path of keys, such as `"model_state_dict"`. */
  key?: string | undefined;
  /**
   * Whether layers may stay as they are, and tensors of the file be left out, as with a new last layer: only what names tell is taken
   * then. Default false: every weight of the model gets numbers, and every tensor has a place.
   */
  partial?: boolean | undefined;
  /**
   * Whether features of images are put into the order of here, where a layer stands behind `flatten` or before `reshape`: files of
   * PyTorch have channels before rows and columns. Default true.
   */
  permuteFeatures?: boolean | undefined;
  /**
   * How matrices stand in the file: `"torch"`, outputs before inputs, or `"own"`, inputs before outputs. By default known by names and
   * shapes; where it is not, that is an error which asks for it.
   */
  layout?: "torch" | "own" | undefined;
  /** Bytes that the file has at most. Default 2³¹. */
  maximumBytes?: number | undefined;
}

/** @throws ArgumentError for what does not fit */
export function checkWeightOptions(who: string, options: ImportWeightsOptions): void {
  checkOptions(who, options, ["names", "match", "key", "partial", "permuteFeatures", "layout", "maximumBytes"]);
  const { names, match = "auto", partial = false, permuteFeatures = true, layout } = options;
  oneOf(who, "match", match, ["auto", "name", "order"]);
  boolean(who, "partial", partial);
  boolean(who, "permuteFeatures", permuteFeatures);
  if (layout !== undefined) oneOf(who, "layout", layout, ["torch", "own"]);
  if (names === undefined || typeof names === "function") return;
  if (names === null || typeof names !== "object" || Array.isArray(names)) {
    throw new ArgumentError(`${who}: names must be a record or a function from theirs to ours, got ${show(names)}.`);
  }
  for (const [theirs, ours] of Object.entries(names)) checkTarget(who, theirs, ours);
}

/** @throws ArgumentError for what is no answer to a name */
export function checkTarget(who: string, theirs: string, ours: unknown): readonly string[] | null {
  if (ours === null) return null;
  const targets: readonly unknown[] = Array.isArray(ours) ? ours : [ours];
  if (targets.length && targets.every((one): one is string => typeof one === "string")) return targets;
  throw new ArgumentError(
    `${who}: names of ${show(theirs)} must be a name, a list of names or null, got ${show(ours)}.`,
  );
}
