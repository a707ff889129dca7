import { tensorBytes } from "../compiler/layout";
import { sizeOf } from "../data/tensor";
import { deriveKey } from "../numeric/random";
import type { Layer, WeightSpec } from "../layers/layer";
import type { Region } from "../graph/graph";

/** A weight or a piece of state, and its place in the flat vector of its kind. */
export interface Weight {
  /** "dense_1/kernel" */
  readonly name: string;
  readonly layer: Layer;
  /** The layer that asked for it, which may stand within `layer`, and its name there. */
  readonly innermost: { readonly layer: Layer; readonly name: string };
  readonly spec: WeightSpec;
  readonly region: Extract<Region, "weights" | "state">;
  /** Bytes from the beginning of the region. */
  readonly offset: number;
  /** Elements. */
  readonly size: number;
  /** Whether training changes it, as its layer said when the table was made. */
  readonly isTrained: boolean;
  /** Whether its layer was frozen then: state stays as it is, too. */
  readonly isFrozen: boolean;
}

/** Streams of the model's seed: initial values and the orders of epochs draw from different ones. */
export const SEED_STREAM = { initial: 0x696e6974, order: 0x6f726465 } as const;

/** All weights of a model, in layer order, as ranges of two flat vectors. */
export class WeightTable {
  readonly entries: readonly Weight[];
  readonly bytes: Readonly<Record<Weight["region"], number>>;

  /** @param trainable whether training changes anything in this model */
  constructor(layers: readonly Layer[], trainable = true) {
    const bytes = { weights: 0, state: 0 };
    this.entries = layers.flatMap((layer) =>
      layer.weightSpecs.map((spec) => {
        const region = spec.isState ? "state" : "weights";
        const size = sizeOf(spec.shape);
        const inner = spec.within?.layers ?? [];
        const isFrozen = !trainable || [layer, ...inner].some((each) => !each.trainable);
        const weight = {
          name: `${layer.name}/${spec.name}`,
          layer,
          innermost: { layer: inner.at(-1) ?? layer, name: spec.within?.name ?? spec.name },
          spec,
          region,
          offset: bytes[region],
          size,
          isTrained: !isFrozen && !spec.isState,
          isFrozen,
        } as const;
        bytes[region] += tensorBytes(size);
        return weight;
      }),
    );
    this.bytes = bytes;
  }

  of(layer: Layer): Weight[] {
    return this.entries.filter((weight) => weight.layer === layer);
  }

  /** Where a weight begins in the concatenation of both vectors, in elements. */
  indexOf(weight: Weight): number {
    return (weight.offset + (weight.region === "state" ? this.bytes.weights : 0)) / 4;
  }

  /**
   * Values of both vectors to begin with, one after the other, padding included: those that the layer has in another model,
   * else initial ones, for which every weight draws from a key of its own.
   */
  initialValues(seed: number): Float32Array {
    const values = new Float32Array((this.bytes.weights + this.bytes.state) / 4);
    this.entries.forEach((weight, i) => {
      const index = this.indexOf(weight);
      const target = values.subarray(index, index + weight.size);
      const { layer, name } = weight.innermost;
      const known = layer.keeper?.weightOf(layer, name);
      if (known) {
        target.set(known);
        return;
      }
      weight.spec.initializer.fill(target, weight.spec.shape, deriveKey(seed, SEED_STREAM.initial, i));
    });
    return values;
  }
}
