import { FormatError } from "../../../errors";
import { showShape } from "../../../tensor/shape";
import { tensor as tensorOf, type Tensor } from "../../../tensor/tensor";
import type { Fill, Leaf, StoredTensor, WeightSource } from "./source";

/**
 * Weights of `.keras` and `.weights.h5`: a folder for each layer by its class and number, within it `vars/0`, `vars/1`, … in the order of
 * creation, and folders of the parts that it is made of.
 */

/** Parts of layers in the order in which Keras makes them; parts of no weights here are left out. */
const PARTS = [
  ...["forward_layer", "backward_layer", "query_dense", "key_dense", "value_dense", "output_dense"],
  ...["layer", "cell", "embeddings"],
];

const isOfState = (path: string) => /(^|\/)_?(seed_generator|random_generator|.*_state)\//.test(path);

/** Sorts by parts, then by numbers: "10" stands behind "9". */
function compare(a: string, b: string): number {
  const [one, other] = [a.split("/"), b.split("/")];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    if (one[i] === other[i]) continue;
    const [left, right] = [one[i], other[i]].map((part) =>
      /^\d+$/.test(part) ? Number(part) : PARTS.indexOf(part.replace(/^_/, "")),
    );
    return left - right || (one[i] < other[i] ? -1 : 1);
  }
  return one.length - other.length;
}

export class PathWeights implements WeightSource {
  readonly #tensors = new Map<string, StoredTensor>();

  constructor(
    readonly who: string,
    tensors: Iterable<StoredTensor>,
  ) {
    for (const tensor of tensors) {
      // Keras 2.13 has another name for lists of layers, and on Windows another mark between them.
      const path = tensor.name.replaceAll("\\", "/").replace(/(^|\/)_layer_checkpoint_dependencies\//g, "$1layers/");
      this.#tensors.set(path, tensor);
    }
  }

  /** The folders of weights by those of layers, so that nobody searches all paths for each. */
  #byFolder?: ReadonlyMap<string, readonly string[]>;

  #pathsIn(folder: string): readonly string[] {
    this.#byFolder ??= this.#sorted();
    return this.#byFolder.get(folder) ?? [];
  }

  #sorted(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const path of this.#tensors.keys()) {
      // The innermost layer: what stands behind the last "layers/" and its name.
      const folder = /^(?:.*\/)?layers\/[^/]+/.exec(path)?.[0];
      if (folder === undefined || isOfState(path)) continue;
      const list = found.get(folder) ?? [];
      list.push(path);
      found.set(folder, list);
    }
    for (const list of found.values()) list.sort(compare);
    return found;
  }

  of(_: string, folder: string): Record<string, Tensor<"float32">> {
    return Object.fromEntries(
      this.#pathsIn(folder).map((path) => {
        const { shape, read } = this.#tensors.get(path)!;
        return [path.slice(folder.length + 1), tensorOf(Float32Array.from(read()), [...shape])];
      }),
    ) as Record<string, Tensor<"float32">>;
  }

  fill(leaves: readonly Leaf[], fill: Fill): void {
    for (const leaf of leaves) {
      const paths = this.#pathsIn(leaf.folder);
      const wanted = leaf.stored.filter((weight, i) => weight.target !== undefined || i < paths.length);
      const shapes = paths.map((path) => this.#tensors.get(path)!.shape);
      const fits =
        wanted.length === paths.length && wanted.every(({ shape }, i) => showShape(shape) === showShape(shapes[i]));
      if (!fits) {
        const [want, got] = [
          wanted.map(({ name, shape }) => `${name} ${showShape(shape)}`),
          shapes.map((shape) => showShape(shape)),
        ];
        throw new FormatError(
          `${this.who}: ${leaf.names.join("/")} (${leaf.className}) needs ${want.join(", ")}, the file has ` +
            `${got.length ? got.join(", ") : "nothing"} in ${leaf.folder}.`,
        );
      }
      wanted.forEach((weight, i) => {
        fill(leaf, weight, this.#tensors.get(paths[i])!);
      });
    }
  }
}
