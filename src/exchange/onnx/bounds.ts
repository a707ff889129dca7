import { FormatError } from "../../errors";

/** Nodes, names, attributes, tensors and so on that a file has at most: a net of some thousand nodes has a tenth of them. */
const MOST_PARTS = 250_000;
/** Numbers that constants may have that do not stand in the file but are made, such as those of `ConstantOfShape`. */
const MOST_MADE = 2 ** 26;

/** Counts what a file makes, so that a small one cannot take memory without end. */
export class Bounds {
  #parts = 0;
  #made = 0;

  constructor(readonly who: string) {}

  /** @throws FormatError when there are too many parts */
  count(parts = 1): void {
    this.#parts += parts;
    if (this.#parts <= MOST_PARTS) return;
    throw new FormatError(`${this.who}: the file has more than ${MOST_PARTS} nodes, names and attributes.`);
  }

  /** @throws FormatError when too many numbers are made of few */
  make(numbers: number): void {
    this.#made += numbers;
    if (this.#made <= MOST_MADE) return;
    throw new FormatError(`${this.who}: the file asks for more than ${MOST_MADE} numbers that do not stand in it.`);
  }
}
