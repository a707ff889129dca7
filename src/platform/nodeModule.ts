/** Whether this is Node, or a runtime that has its modules. */
export const isNode = typeof process === "object" && typeof process?.versions?.node === "string";

/** A module of Node's at once; undefined where there is no Node, or one before 20.16. */
export function builtinModule<T>(name: string): T | undefined {
  return globalThis.process?.getBuiltinModule?.(name) as T | undefined;
}

/**
 * A module of Node's. Where `import()` is not to be had, as in Jest, it is got otherwise. The name is a variable, so that
 * bundlers for browsers leave the import alone.
 */
export async function nodeModule<T>(name: string): Promise<T> {
  return builtinModule<T>(name) ?? import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
