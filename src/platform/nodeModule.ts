/** Whether this is Node, or a runtime that has its modules. */
export const isNode = typeof process === "object" && typeof process?.versions?.node === "string";

/** A module of Node's. The name is a variable, so that bundlers for browsers leave the import alone. */
export function nodeModule<T>(name: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
