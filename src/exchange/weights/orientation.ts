import type { Orientation } from "./draft";
import type { StoredTensor } from "./file";
import { type Module, partOf } from "./modules";
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
      const [inputs, outputs] = [size(spec.shape.slice(0, cut)), size(spec.shape.slice(cut))];
      shapes.add(`${inputs},${outputs}`);
      // One matrix may make queries, keys and values.
      if (name === "query/kernel") shapes.add(`${inputs},${3 * outputs}`);
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
  const keysOf = ({ name }: StoredTensor) => {
    const own = lastName(partOf(name).path);
    return [`name ${own}`, CONV1D.test(own) ? "Conv1D" : "Linear"];
  };
  for (const matrix of modules.flatMap(({ layout, params }) => (layout === "torch" ? [...params.values()] : []))) {
    if (matrix.shape.length !== 2) continue;
    const [rows, columns] = matrix.shape;
    const fits = { torch: shapes.has(`${columns},${rows}`), own: shapes.has(`${rows},${columns}`) };
    if (fits.torch === fits.own) continue;
    for (const key of keysOf(matrix)) {
      const known = votes.get(key) ?? new Set();
      votes.set(key, known.add(fits.torch ? "torch" : "own"));
    }
  }
  return (matrix: StoredTensor): Orientation => {
    const keys = keysOf(matrix);
    for (const key of keys) {
      const found = votes.get(key);
      if (found?.size === 1) return [...found][0];
    }
    return !votes.has("Linear") && keys[1] === "Linear" ? "torch" : "unclear";
  };
}
