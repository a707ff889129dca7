/**
 * The `code` of every error of the library, one for each class. Codes never change, so programs can compare them where
 * `instanceof` and `name` do not help: across realms, copies of the package and bundlers that shorten names.
 */
export type ErrorCode =
  | "ERR_WASMGRAD"
  | "ERR_WASMGRAD_ARGUMENT"
  | "ERR_WASMGRAD_SHAPE"
  | "ERR_WASMGRAD_DATA"
  | "ERR_WASMGRAD_FORMAT"
  | "ERR_WASMGRAD_STATE"
  | "ERR_WASMGRAD_MEMORY_LIMIT"
  | "ERR_WASMGRAD_LIMIT"
  | "ERR_WASMGRAD_THREAD"
  | "ERR_WASMGRAD_WEBASSEMBLY"
  | "ERR_WASMGRAD_NON_FINITE"
  | "ERR_WASMGRAD_INTERNAL";

/**
 * Every error wasmgrad throws on purpose. Catch `WasmgradError` for all of them, or one class for one kind of mistake.
 * All are thrown before any work starts, except `NonFiniteError`, after which the weights are the last finite ones,
 * `ThreadError` and `InternalError`, after which those of `fit` are at most a second old.
 */
export class WasmgradError extends Error {
  /** The same for all errors of a class, in every version. */
  readonly code: ErrorCode = "ERR_WASMGRAD";

  constructor(
    message: string,
    options?: {
      /** The error that led to this one. */
      readonly cause?: unknown;
    },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An option or argument has an unknown name or a value out of range. */
export class ArgumentError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_ARGUMENT";
}

/** Shapes that do not fit together: a layer and its input, a model and its data, inputs and targets. */
export class ShapeError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_SHAPE";
}

/** Values that cannot be trained on: labels out of range, NaN, an empty set. */
export class DataError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_DATA";
}

/** A file or a byte array that is not what it claims to be: truncated, contradictory or hostile. */
export class FormatError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_FORMAT";
}

/** A call at the wrong moment: fit before compile, a second fit during the first, anything after dispose. */
export class StateError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_STATE";
}

/** The model and its batch need more memory than WebAssembly has. Thrown before anything is allocated. */
export class MemoryLimitError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_MEMORY_LIMIT";
}

/** A file or stream asks for more than a limit of the call allows. The message names the option that raises the limit. */
export class LimitError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_LIMIT";
}

/** A thread of its own could not be started, has ended or does not answer. The model stays usable, with new threads. */
export class ThreadError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_THREAD";
}

/**
 * The WebAssembly module cannot be had. `reason` says why: `"forbidden"`, this runtime has no WebAssembly, lacks its vector
 * instructions or may not compile it; `"unreachable"`, what `configure` was given does not answer; `"mismatch"`, that is
 * not the file of this version.
 */
export class WebAssemblyError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_WEBASSEMBLY";

  constructor(
    message: string,
    /** Whether it is forbidden here, its binary could not be had, or the binary belongs to another version. */
    readonly reason: "forbidden" | "unreachable" | "mismatch",
    options?: {
      /** The error that led to this one. */
      readonly cause?: unknown;
    },
  ) {
    super(message, options);
  }
}

/** Training met NaN or infinity. The model holds the last weights whose loss was finite. */
export class NonFiniteError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_NON_FINITE";

  constructor(
    message: string,
    /** The training step, counted from 0 since the model was compiled, whose loss was not finite. */
    readonly step: number,
    /** The layer in whose weights or output the first non-finite number stands. */
    readonly layer: string,
  ) {
    super(message);
  }
}

/**
 * A fault of wasmgrad, not of its caller: WebAssembly has trapped, or an operation contradicts itself. Please report it with
 * its message and `cause`.
 */
export class InternalError extends WasmgradError {
  override readonly code = "ERR_WASMGRAD_INTERNAL";
}
