import { WebAssemblyError } from "../../errors";

/**
 * Compiles the bytes of a build.
 *
 * @param who begins the sentence of an error
 * @throws WebAssemblyError
 */
export async function compileBytes(bytes: BufferSource, who: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw await explainFailure(cause, who);
  }
}

/** Whether it is the runtime or the bytes that do not allow compiling. */
export async function explainFailure(cause: unknown, who: string): Promise<WebAssemblyError> {
  const { findRestriction } = await import("./findRestriction");
  const restriction = await findRestriction();
  if (restriction) return new WebAssemblyError(`${who}: ${restriction}.`, "forbidden", { cause });
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WebAssemblyError(`${who} cannot be compiled: ${message}`, "mismatch", { cause });
}
