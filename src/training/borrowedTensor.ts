import { DataError } from "../errors";
import { COPIED_AT_ONCE, inSlices } from "../platform/slices";
import { Tensor, type TensorData } from "../tensor/tensor";
import { isCallers, type TakeValues, takeAtOnce, type ValueCheck } from "./inputs";

/**
 * Bytes up to which a call copies what it is given at once. Copying more would keep a page from drawing: it is done in
 * slices while the call is under way. That goes for typed arrays: nested arrays are read at the call in one piece, whatever
 * their size, because each of them may change or grow later (0.4 s for eight million numbers on a busy machine).
 */
export const COPIED_BYTES = 2 ** 23;

/** Bytes copied between two looks at the clock. */
const BYTES_AT_ONCE = 2 ** 18;

/** Values looked at twice, evenly spread, when the call begins and when they have been copied. */
const WITNESSES = 2 ** 12;

/** Values of the caller's that are too many to be copied at once: copied, checked and compared with what they were, later. */
export class BorrowedTensor extends Tensor {
  readonly #checks: ValueCheck[] = [];
  readonly #stride: number;
  readonly #witnesses: Float64Array;

  constructor(
    data: TensorData,
    shape: readonly number[],
    /** Begins messages: the call and the argument, as in `fit: x`. */
    readonly who: string,
    /** Where its samples begin among those of the caller. */
    readonly firstSample = 0,
  ) {
    super(data, shape);
    this.#stride = Math.max(1, Math.floor(data.length / WITNESSES));
    this.#witnesses = Float64Array.from({ length: Math.ceil(data.length / this.#stride) }, (_, i) => {
      return data[i * this.#stride];
    });
  }

  /** Adds what is to be checked of the copy. */
  check(check: ValueCheck): void {
    this.#checks.push(check);
  }

  /** The samples from `start` to `end`. */
  part(start: number, end: number): BorrowedTensor {
    const size = this.data.length / this.shape[0];
    const shape = [end - start, ...this.shape.slice(1)];
    const part = new BorrowedTensor(
      this.data.subarray(start * size, end * size),
      shape,
      this.who,
      this.firstSample + start,
    );
    for (const check of this.#checks) part.check(check);
    return part;
  }

  /**
   * Copies and checks the values while the event loop runs.
   *
   * @throws DataError when they have changed since the call, or what the checks throw
   */
  async copyTo(target: TensorData): Promise<void> {
    const { data, shape } = this;
    const size = data.length / shape[0];
    const samplesAtOnce = Math.max(1, Math.floor(BYTES_AT_ONCE / (size * data.BYTES_PER_ELEMENT)));
    await inSlices(shape[0], samplesAtOnce, (start, end) => {
      // A buffer that has been transferred has no length any more.
      if (data.length === 0) throw this.#changed("transferred");
      const copy = target.subarray(start * size, end * size);
      copy.set(data.subarray(start * size, end * size));
      for (const check of this.#checks) {
        check(new Tensor(copy, [end - start, ...shape.slice(1)]), this.firstSample + start);
      }
    });
    this.#witnesses.forEach((value, i) => {
      if (!Object.is(target[i * this.#stride], value)) throw this.#changed("changed");
    });
  }

  #changed(how: string): DataError {
    const megabytes = COPIED_BYTES / 2 ** 20;
    return new DataError(
      `${this.who} was ${how} while it was being read. Arrays of more than ${megabytes} MB are read in slices: ` +
        "leave them alone until the first hook of a callback or the end of the call, or give a copy.",
    );
  }
}

/** Copies and checks values, or lends them when they are many: they are checked once they have been copied. */
export const takeValues: TakeValues = (tensor, like, who, check) => {
  const { data, shape } = tensor;
  if (data.byteLength <= COPIED_BYTES || !isCallers(data, like)) return takeAtOnce(tensor, like, who, check);
  const borrowed = new BorrowedTensor(data, shape, who);
  borrowed.check(check);
  return borrowed;
};

/** Checks values without copying the few that can be loaded before the call returns: see `ownSamples`. */
export const lendValues: TakeValues = (tensor, like, who, check) => {
  if (tensor.data.length > COPIED_AT_ONCE) return takeValues(tensor, like, who, check);
  check(tensor, 0);
  return tensor;
};
