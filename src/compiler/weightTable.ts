import { tensorBytes } from "../program/layout";
import { sizeOf } from "../tensor/shape";
import type { BuiltWeight, Layer } from "../graph/layer";
import type { Region } from "../graph/graph";

/** A weight or a piece of state, and its place in the flat vector of its kind. */
export interface Weight {
  /** "dense_1/kernel" */
  readonly name: string;
  readonly layer: Layer;
  /** The layer that asked for it, which may stand within `layer`, and its name there. */
  readonly innermost: { readonly layer: Layer; readonly name: string };
  readonly spec: BuiltWeight;
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
}
