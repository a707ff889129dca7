import { type Activation, type ActivationLike, resolveActivation } from "../activations/activations";
import type { WeightSpec } from "../graph/layer";
import { type InitializerLike, readInitializer } from "../initializers/initializer";
import type { Option } from "../optionTable";
import { type Regularizer, type RegularizerLike, resolveRegularizer } from "../regularizers/regularizers";
import type { Shape } from "../tensor/shape";

/** What options of layers are, besides sizes, numbers and flags: entries of their tables. */

/** An activation; none is `linear`. */
export const activation: Option<ActivationLike, Activation> = resolveActivation;

/** How the first values of a weight are drawn. */
export const initializer: Option<InitializerLike> = readInitializer;

/** A penalty on a weight, or none. */
export const regularizer: Option<RegularizerLike, Regularizer | undefined> = resolveRegularizer;

/** Options by which a weight is made, as tables name them: `kernelInitializer` and `kernelRegularizer` for "kernel". */
type WeightSettings<Name extends string> = Readonly<
  Record<`${Name}Initializer`, InitializerLike> & Partial<Record<`${Name}Regularizer`, Regularizer>>
>;

/** The weight that a layer's settings describe under this name. */
export function weightSpec<Name extends string>(name: Name, shape: Shape, settings: WeightSettings<Name>): WeightSpec {
  const { [`${name}Initializer`]: initializer, [`${name}Regularizer`]: regularizer } = settings as Record<
    string,
    unknown
  >;
  return { name, shape, initializer: initializer as InitializerLike, regularizer: regularizer as Regularizer };
}
