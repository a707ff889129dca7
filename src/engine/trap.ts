import { InternalError } from "../errors";

/** What to throw for an error that came out of WebAssembly, where none should. */
export function explainTrap(cause: unknown): unknown {
  if (!(cause instanceof WebAssembly.RuntimeError)) return cause;
  return trapError(String(cause), cause);
}

/** The same where only the text of the error is known. */
export function trapError(text: string, cause?: unknown): InternalError {
  const advice = "This is a fault of wasmgrad, please report it with what model.program() says.";
  return new InternalError(`a kernel failed: ${text}. ${advice}`, { cause });
}
