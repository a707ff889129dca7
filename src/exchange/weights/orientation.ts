import type { Orientation } from "./draft";
import type { Module } from "./modules";
import type { Place } from "./places";

/** `Conv1D` of transformers keeps inputs before outputs; layers of these names are such in GPT-2, and none in its descendants. */
const CONV1D = /^(c_attn|c_proj|c_fc|q_attn)$/;

const lastName = (path: string) => path.split(/[./]/).pop()!;

/** Shapes [inputs, outputs] of all matrices of the model that multiply features. */
function matrixShapes(places: readonly Place[]): Set<string> {
  const shapes = new Set<string>();
  for (const { kind, weights } of places) {
    const kernel = weights.get("kernel");
    if (kind === "dense" && kernel) shapes.add(kernel.spec.shape.join());
    for (const [name, { spec }] of weights) {
      if (!name.endsWith("/kernel")) continue;
      const size = (sizes: readonly number[]) => sizes.reduce((all, one) => all * one, 1);
      const cut = name.startsWith("attentionOutput") ? spec.shape.length - 1 : 1;
      shapes.add([size(spec.shape.slice(0, cut)), size(spec.shape.slice(cut))].join());
    }
  }
  return shapes;
}

/**
 * Which way round the matrices of a file stand. PyTorch's `Linear` has outputs before inputs; where others of the same name, or of the
 * same sort, fit one way only, all of them stand that way.
 */
export function orientations(modules: readonly Module[], places: readonly Place[], given: Orientation | undefined) {
  if (given) return () => given;
  const shapes = matrixShapes(places);
  const votes = new Map<string, Set<Orientation>>();
  const keysOf = ({ path }: Module) => {
    const name = lastName(path);
    return [`name ${name}`, CONV1D.test(name) ? "Conv1D" : "Linear"];
  };
  for (const module of modules) {
    const matrix = module.params.get("weight");
    if (module.layout !== "torch" || matrix?.shape.length !== 2) continue;
    const [rows, columns] = matrix.shape;
    const fits = { torch: shapes.has(`${columns},${rows}`), own: shapes.has(`${rows},${columns}`) };
    if (fits.torch === fits.own) continue;
    for (const key of keysOf(module)) {
      const known = votes.get(key) ?? new Set();
      votes.set(key, known.add(fits.torch ? "torch" : "own"));
    }
  }
  return (module: Module): Orientation => {
    const keys = keysOf(module);
    for (const key of keys) {
      const found = votes.get(key);
      if (found?.size === 1) return [...found][0];
    }
    const isOpen = !votes.has("Linear") && keys[1] === "Linear";
    return isOpen ? "torch" : "unclear";
  };
}
