import type { Dtype } from "../tensor/tensor";
import { gatherBytes } from "../ops/gatherBytes";
import { gatherFloats } from "../ops/gatherFloats";
import { gatherIntegers } from "../ops/gatherIntegers";
import type { Op } from "../ops/op";

/** The operations that put the samples of a batch together, by the type of the data. */
export const gathers: Readonly<Record<Dtype, Op>> = {
  float32: gatherFloats,
  int32: gatherIntegers,
  uint8: gatherBytes,
};
