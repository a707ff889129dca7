/** The `text` namespace: text as whole numbers, and back. */
export { type BytePairOptions, type BytePairs, bytePairs } from "./bytePairs";
export { type Characters, characters } from "./characters";
export type { Tokenizer } from "./tokenizer";
