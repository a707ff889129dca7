import type { Plugin } from "esbuild";

export const operationsInTwoWays: Plugin;
