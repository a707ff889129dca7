import { FormatError } from "../../../errors";
import { showShape } from "../../../tensor/shape";
import { tensor as tensorOf, type Tensor } from "../../../tensor/tensor";
import type { StoredWeight } from "../translation";
import type { Fill, Leaf, StoredTensor, WeightSource } from "./source";

/**
 * Weights by names, of `.h5` files and of TensorFlow.js: `dense/kernel:0`, `lstm/lstm_cell/kernel:0`. Of a model within a model the names
 * of its layers stand there, and its weights are listed with all that are trained before all that are not.
 */

/** A weight that somebody wants. */
interface Wanted {
  readonly leaf: Leaf;
  readonly weight: StoredWeight;
}

const partsOf = (name: string) => name.replace(/:\d+$/, "").split("/");

/** Names of the same weight in other versions. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  kernel: ["kernel", "depthwise_kernel"],
  gamma: ["gamma", "scale"],
  scale: ["scale", "concat_score_weight", "attention_scale"],
};

const snakeOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Whether a tensor may be a weight, by its name. */
function mayBe({ leaf, weight }: Wanted, parts: readonly string[]): boolean {
  const own = weight.name.split("/");
  const last = own[own.length - 1];
  if (!(SAME[last] ?? [last]).includes(parts[parts.length - 1])) return false;
  if (!parts.includes(leaf.names[leaf.names.length - 1])) return false;
  return own.slice(0, -1).every((part) => {
    const direction = /^(forward|backward)_/.exec(part)?.[0];
    if (direction) return parts.some((other) => other.startsWith(direction));
    return (
      own.length < 2 || leaf.className === "TimeDistributed" || parts.includes(snakeOf(part)) || parts.includes(part)
    );
  });
}

/** Each weight with the only tensor whose name and shape it has; undefined where that is not so for all. */
function byNames(wanted: readonly Wanted[], tensors: readonly StoredTensor[]): StoredTensor[] | undefined {
  const byLast = new Map<string, { tensor: StoredTensor; parts: string[] }[]>();
  for (const tensor of tensors) {
    const parts = partsOf(tensor.name);
    for (const part of new Set(parts)) byLast.set(part, [...(byLast.get(part) ?? []), { tensor, parts }]);
  }
  const used = new Set<StoredTensor>();
  const found: StoredTensor[] = [];
  for (const want of wanted) {
    const { names } = want.leaf;
    const candidates = (byLast.get(names[names.length - 1]) ?? []).filter(
      ({ tensor, parts }) => mayBe(want, parts) && showShape(tensor.shape) === showShape(want.weight.shape),
    );
    // Of layers of one name in several models those that are within the right one.
    const within = candidates.filter(({ parts }) => names.slice(0, -1).every((name) => parts.includes(name)));
    const [only, another] = within.length ? within : candidates;
    if (!only || another || used.has(only.tensor)) return undefined;
    used.add(only.tensor);
    found.push(only.tensor);
  }
  return found;
}

/** In the order of Keras: all that are trained, then all that are not. */
function inOrder(wanted: readonly Wanted[], tensors: readonly StoredTensor[]): StoredTensor[] | undefined {
  const isTrained = ({ leaf, weight }: Wanted) => leaf.isTrained && weight.isTrained;
  const order = [...wanted.filter(isTrained), ...wanted.filter((want) => !isTrained(want))];
  const all = [order, wanted].find(
    (list) =>
      list.length === tensors.length &&
      list.every(({ weight }, i) => showShape(weight.shape) === showShape(tensors[i].shape)),
  );
  if (!all) return undefined;
  const places = new Map(all.map((want, i) => [want, tensors[i]]));
  return wanted.map((want) => places.get(want)!);
}

export class NamedWeights implements WeightSource {
  /** @param groups lists of tensors by the layers of the outermost model, or one list for all of them */
  constructor(
    readonly who: string,
    readonly groups: ReadonlyMap<string, readonly StoredTensor[]> | readonly StoredTensor[],
  ) {}

  #groupOf(name: string): readonly StoredTensor[] {
    if (!(this.groups instanceof Map)) return this.groups as readonly StoredTensor[];
    return this.groups.get(name) ?? [];
  }

  of(name: string): Record<string, Tensor<"float32">> {
    const own = this.#groupOf(name).filter(
      (tensor) => this.groups instanceof Map || partsOf(tensor.name).includes(name),
    );
    return Object.fromEntries(
      own.map((tensor) => {
        const parts = partsOf(tensor.name);
        const rest = parts.slice(parts.lastIndexOf(name) + 1);
        return [rest.join("/") || tensor.name, tensorOf(Float32Array.from(tensor.read()), [...tensor.shape])];
      }),
    ) as Record<string, Tensor<"float32">>;
  }

  fill(leaves: readonly Leaf[], fill: Fill): void {
    const outermost = this.groups instanceof Map ? [...new Set(leaves.map(({ names }) => names[0]))] : [undefined];
    for (const name of outermost) {
      const own = name === undefined ? leaves : leaves.filter(({ names }) => names[0] === name);
      this.#fillGroup(own, this.#groupOf(name ?? ""), fill);
    }
  }

  #fillGroup(leaves: readonly Leaf[], tensors: readonly StoredTensor[], fill: Fill): void {
    const all = leaves.flatMap((leaf) => leaf.stored.map((weight) => ({ leaf, weight })));
    const wanted = all.filter(({ weight }) => weight.target !== undefined);
    const isAlone = leaves.length === 1 && this.groups instanceof Map;
    const ordered = () => inOrder(wanted, tensors) ?? inOrder(all, tensors);
    const found = (isAlone ? ordered() : undefined) ?? byNames(wanted, tensors) ?? ordered();
    if (!found) throw this.#misfit(wanted, tensors);
    const list = found.length === wanted.length ? wanted : all;
    list.forEach(({ leaf, weight }, i) => {
      if (weight.target) fill(leaf, weight, found[i]);
    });
  }

  #misfit(wanted: readonly Wanted[], tensors: readonly StoredTensor[]): FormatError {
    const list = (shown: readonly string[]) =>
      (shown.length > 12 ? [...shown.slice(0, 12), "…"] : shown).join(", ") || "nothing";
    const want = wanted.map(({ leaf, weight }) => `${leaf.names.join("/")}/${weight.name} ${showShape(weight.shape)}`);
    const got = tensors.map(({ name, shape }) => `${name} ${showShape(shape)}`);
    return new FormatError(
      `${this.who}: the weights of the file do not fit its layers. Needed: ${list(want)}. In the file: ${list(got)}.`,
    );
  }
}
