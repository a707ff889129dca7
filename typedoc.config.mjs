import { entries } from "./scripts/entries.mjs";

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  name: "wasmgrad",
  entryPoints: entries().map(({ source }) => source),
  out: "build/docs",
  readme: "README.md",
  // The list behind a union of names, which its type spells out.
  intentionallyNotExported: ["INITIALIZER_NAMES"],
  // Sources have no address that is known here.
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  treatWarningsAsErrors: true,
  validation: {
    notExported: true,
    invalidLink: true,
    rewrittenLink: true,
    notDocumented: false,
    unusedMergeModuleWith: true,
  },
  hideGenerator: true,
};
