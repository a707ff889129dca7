import type { Examples } from "../src/ops/op";
import { convolutionCandidates } from "./convolutions";
import { gemmCandidates } from "./gemm";
import type { Candidate, Kind } from "./item";
import type { Effort } from "./measure";
import { modelCandidates } from "./models";
import { opCandidates } from "./ops";
import type { Variant } from "./variants";

/** Everything that can be measured, in the order in which it is. */
export function allCandidates(examples: readonly Examples[], variants: readonly Variant[]): Candidate[] {
  return [
    ...gemmCandidates(),
    ...convolutionCandidates(variants),
    ...modelCandidates(variants),
    ...opCandidates(examples, variants),
  ];
}

/** Trainings run for whole epochs, between which there is more to do than in one kernel: they get longer turns. */
const MODEL_FACTOR = 100;

/** What a candidate of this kind takes when kernels take so long. */
export function effortFor(kind: Kind, effort: Effort): Effort {
  return kind === "models" ? { ...effort, turnMilliseconds: MODEL_FACTOR * effort.turnMilliseconds } : effort;
}
