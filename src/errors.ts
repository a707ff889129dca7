/**
 * Every error wasmgrad throws on purpose. Catch `WasmgradError` for all of them, or one class for one kind of mistake.
 * All are thrown before any work starts, except `NonFiniteError`, after which the weights are the last finite ones,
 * `ThreadError` and `InternalError`, after which those of `fit` are at most a second old.
 */
export class WasmgradError extends Error {
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
export class ArgumentError extends WasmgradError {}

/** Shapes that do not fit together: a layer and its input, a model and its data, inputs and targets. */
export class ShapeError extends WasmgradError {}

/** Values that cannot be trained on: labels out of range, NaN, an empty set. */
export class DataError extends WasmgradError {}

/** A file or a byte array that is not what it claims to be: truncated, contradictory or hostile. */
export class FormatError extends WasmgradError {}

/** A call at the wrong moment: fit before compile, a second fit during the first, anything after dispose. */
export class StateError extends WasmgradError {}

/** The model and its batch need more memory than WebAssembly has. Thrown before anything is allocated. */
export class MemoryLimitError extends WasmgradError {}

/** A thread of its own could not be started, has ended or does not answer. The model stays usable, with new threads. */
export class ThreadError extends WasmgradError {}

/**
 * The WebAssembly module cannot be had. `reason` says why: `"forbidden"`, this runtime has no WebAssembly, lacks its vector
 * instructions or may not compile it; `"unreachable"`, what `configure` was given does not answer; `"mismatch"`, that is
 * not the file of this version.
 */
export class WebAssemblyError extends WasmgradError {
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
export class InternalError extends WasmgradError {}
