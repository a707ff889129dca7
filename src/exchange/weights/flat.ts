import type { Draft, FitContext } from "./draft";
import type { StoredTensor } from "./file";
import { fitModule } from "./fit";
import type { Module } from "./modules";
import { torchName } from "./names";
import type { Place } from "./places";

/** Tensors without names of weights, one after the other as the layers have them. */
function moduleFor(place: Place, tensors: readonly StoredTensor[], layout: "torch" | "own"): Module {
  const names = [...place.weights.keys()];
  const name = (i: number) => (layout === "own" ? names[i] : torchName(place, names[i], ""));
  const params = new Map(tensors.map((tensor, i) => [name(i), tensor]));
  const path = tensors.map((tensor) => tensor.name).join(", ");
  return { path, alias: undefined, layout, params, index: 0, isAround: true, className: undefined };
}

/** All weights in order, each by its shape; undefined when they do not fit. */
function fitAll(
  tensors: readonly StoredTensor[],
  places: readonly Place[],
  layout: "torch" | "own",
  context: FitContext,
) {
  const drafts: Draft[] = [];
  let at = 0;
  for (const place of places) {
    const own = tensors.slice(at, at + place.weights.size);
    at += place.weights.size;
    const draft = fitModule(place, moduleFor(place, own, layout), context);
    if (draft.reason !== undefined) return undefined;
    drafts.push(draft);
  }
  return drafts;
}

/**
 * Matches tensors whose names say nothing, such as `arr_0`, with the weights of the model, one by one in their order: as they are, or
 * as PyTorch has them.
 *
 * @returns undefined when they do not fit, `"unclear"` when they fit both ways
 */
export function matchFlat(
  tensors: readonly StoredTensor[],
  places: readonly Place[],
  layout: "torch" | "own" | undefined,
  permutesFeatures: boolean,
): readonly Draft[] | "unclear" | undefined {
  const count = places.reduce((sum, { weights }) => sum + weights.size, 0);
  if (tensors.length !== count) return undefined;
  const found = (["own", "torch"] as const)
    .filter((way) => layout === undefined || layout === way)
    .flatMap((way) => fitAll(tensors, places, way, { orientationOf: () => way, permutesFeatures }) ?? []);
  if (found.length === 2 * places.length && found.some(({ fillings }) => fillings.some(({ how }) => how !== "")))
    return "unclear";
  return found.length ? found.slice(0, places.length) : undefined;
}
