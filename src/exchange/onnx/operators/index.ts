import type { Operator } from "../call";
import { activationOperators } from "./activations";
import { attentionOperators } from "./attention";
import { convolutionOperators } from "./convolution";
import { elementwiseOperators } from "./elementwise";
import { normalizationOperators } from "./normalization";
import { poolingOperators } from "./pooling";
import { productOperators } from "./products";
import { recurrentOperators } from "./recurrent";
import { reductionOperators } from "./reductions";
import { resizingOperators } from "./resizing";
import { shapingOperators } from "./shaping";
import { takingOperators } from "./taking";

/** What nodes become, by their types. */
export const operators: Readonly<Record<string, Operator>> = {
  ...activationOperators,
  ...attentionOperators,
  ...convolutionOperators,
  ...elementwiseOperators,
  ...normalizationOperators,
  ...poolingOperators,
  ...productOperators,
  ...recurrentOperators,
  ...reductionOperators,
  ...resizingOperators,
  ...shapingOperators,
  ...takingOperators,
};

/** Operators that only compute with what is known before there is data. */
export const foldedOnly: readonly string[] = [
  "Constant",
  "ConstantOfShape",
  "DequantizeLinear",
  "Range",
  "Shape",
  "Size",
];
