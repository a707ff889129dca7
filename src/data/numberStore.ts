const BLOCK_VALUES = 2 ** 16;

/** Numbers whose count is not known before: an array in blocks, of which none is ever copied. */
export class NumberStore {
  readonly #blocks: Float64Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#length % BLOCK_VALUES;
    if (at === 0) this.#blocks.push(new Float64Array(BLOCK_VALUES));
    this.#blocks[this.#blocks.length - 1][at] = value;
    this.#length++;
  }

  at(index: number): number {
    return this.#blocks[Math.floor(index / BLOCK_VALUES)][index % BLOCK_VALUES];
  }
}
