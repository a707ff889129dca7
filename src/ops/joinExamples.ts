import type { Examples } from "./op";

/** The variants of one operation as one set of examples; what is not a row is that of the first. */
export function joinExamples(...variants: readonly Examples[]): Examples {
  return { ...variants[0], sizes: (n) => variants.flatMap(({ sizes }) => sizes(n)) };
}
