import { FormatError } from "../../errors";

/** Nodes, names, attributes, tensors and so on that a file has at most, by their weight: a net of some thousand nodes has a tenth. */
const MOST_PARTS = 400_000;
/** Numbers that may be computed of constants, besides as many as the file has bytes. */
const MOST_MADE = 2 ** 21;
/** Numbers that weights may have that do not stand in the file, as some nets of zeros have. */
const MOST_FILLED = 2 ** 26;

/** Counts what a file makes, so that a small one cannot take memory or time without end. */
export class Bounds {
  #parts = 0;
  #made = 0;
  #filled = 0;

  /** @param bytes of the file */
  constructor(
    readonly who: string,
    readonly bytes: number,
  ) {}

  /** @throws FormatError when there are too many parts */
  count(parts = 1): void {
    this.#parts += parts;
    if (this.#parts <= MOST_PARTS) return;
    throw new FormatError(`${this.who}: the file has more nodes, names and attributes than any model.`);
  }

  /** @throws FormatError when too many numbers are computed of constants */
  make(numbers: number): void {
    this.#made += numbers;
    if (this.#made <= MOST_MADE + this.bytes) return;
    throw new FormatError(`${this.who}: the file makes more than ${MOST_MADE} numbers of others before there is data.`);
  }

  /** @throws FormatError when weights that stand nowhere are too many */
  fill(numbers: number): void {
    this.#filled += numbers;
    if (this.#filled <= MOST_FILLED) return;
    throw new FormatError(`${this.who}: the file asks for more than ${MOST_FILLED} numbers that do not stand in it.`);
  }
}
