import type { Weight, WeightTable } from "../compiler/weightTable";
import { StateError } from "../errors";
import type { SharedWeight, WeightHolder } from "../graph/sharedWeight";
import { copyInSlices } from "../platform/slices";
import { drawInitialValues } from "./initialValues";

/** Where a model keeps its copies. */
export interface CopyMemory {
  /** Weights and state, one vector after the other, and what else lasts. */
  readonly persistent: Float32Array;
  /** Blocks until no step runs. */
  settle(): unknown;
  /** To be called when `persistent` has been written to. */
  changedPersistent(): void;
}

/** Draws initial values of weights that nobody has used yet. They stand with their layers until somebody does. */
export function drawMissing({ entries }: WeightTable, seed: number): void {
  entries.forEach((weight, index) => {
    const { shared } = weight.spec;
    if (shared.version > 0) return;
    const values = new Float32Array(weight.size);
    drawInitialValues(weight, values, { seed, index });
    shared.values = values;
    shared.version = 1;
  });
}

/** A model's copies of the weights of its layers: brought up to date before they are used, told of when they have changed. */
export class WeightCopies implements WeightHolder {
  /** The version that each copy is of. */
  readonly #versions: Int32Array;
  readonly #places = new Map<SharedWeight, Weight>();
  /** Whether the model has another memory now, which is to take over what is here. */
  isRetired = false;

  constructor(
    private readonly table: WeightTable,
    private readonly seed: number,
    private readonly memory: CopyMemory,
  ) {
    this.#versions = new Int32Array(table.entries.length);
    for (const weight of table.entries) this.#places.set(weight.spec.shared, weight);
  }

  /** Takes over what other models have changed. Returns a promise when there is more to copy than can be done at once. */
  update(): Promise<void> | undefined {
    const { entries } = this.table;
    for (let i = 0; i < entries.length; i++) if (this.#isStale(i)) return this.#updateFrom(i);
    return undefined;
  }

  async #updateFrom(first: number): Promise<void> {
    drawMissing(this.table, this.seed);
    const { entries } = this.table;
    for (let i = first; i < entries.length; i++) {
      // Somebody may change a weight while the event loop runs.
      while (this.#isStale(i)) {
        const pending = this.#copy(i, copyInSlices);
        if (!pending) break;
        await pending;
      }
    }
    this.memory.changedPersistent();
  }

  /** The same without letting the event loop run. */
  updateAtOnce(): void {
    drawMissing(this.table, this.seed);
    this.table.entries.forEach((_, i) => {
      if (this.#isStale(i)) this.#copy(i, copyAtOnce);
    });
    this.memory.changedPersistent();
  }

  #isStale(index: number): boolean {
    const { shared } = this.table.entries[index].spec;
    if (shared.holder === this) return false;
    return shared.version === 0 || shared.version !== this.#versions[index] || shared.writer !== undefined;
  }

  /** Copies a weight from who has it; a promise as long as that is not done. */
  #copy(
    index: number,
    copy: (source: Float32Array, target: Float32Array) => Promise<void> | undefined,
  ): Promise<void> | undefined {
    const weight = this.table.entries[index];
    const { shared } = weight.spec;
    const { holder, values, version, writer } = shared;
    const target = this.#view(weight);
    const source = values ?? holder!.valuesOf(shared);
    this.#versions[index] = version;
    // What is being trained must not change in the middle.
    const pending = writer && writer !== this ? copyAtOnce(source, target) : copy(source, target);
    if (holder && !holder.isRetired) return pending;
    const own = () => {
      if (shared.holder === holder && shared.version === version) this.#own(shared);
    };
    if (pending) return pending.then(own);
    own();
    return undefined;
  }

  #own(shared: SharedWeight): void {
    shared.holder = this;
    shared.values = undefined;
  }

  #view(weight: Weight): Float32Array {
    const start = this.table.indexOf(weight);
    return this.memory.persistent.subarray(start, start + weight.size);
  }

  valuesOf(shared: SharedWeight): Float32Array {
    this.memory.settle();
    return this.#view(this.#places.get(shared)!);
  }

  clear(shared: SharedWeight): void {
    this.valuesOf(shared).fill(0);
    shared.version++;
    this.#versions[this.table.entries.indexOf(this.#places.get(shared)!)] = shared.version;
    this.memory.changedPersistent();
  }

  /** Makes these copies the newest: all of them, those that training changes, or states that every batch changes. */
  changed(which: "all" | "trained" | "carried"): void {
    this.table.entries.forEach((weight, i) => {
      const { shared } = weight.spec;
      // A training that failed before it began has nothing new.
      const isOfKind = which === "trained" ? isChanged(weight) : which === "all" || weight.spec.isCarried;
      if (!isOfKind || (which !== "all" && this.#versions[i] !== shared.version)) return;
      shared.version++;
      this.#own(shared);
      this.#versions[i] = shared.version;
    });
  }

  /**
   * Looks for trainings of other models.
   *
   * @param changes which weights are about to change
   * @throws StateError when one of them changes a weight of this model, or reads one that is about to change
   */
  checkOthers(who: string, changes: (weight: Weight) => boolean = () => true): void {
    for (const weight of this.table.entries) {
      const { writer, readers } = weight.spec.shared;
      const isWritten = writer !== undefined && writer !== this;
      const isRead = changes(weight) && readers.size > (readers.has(this) ? 1 : 0);
      if (!isWritten && !isRead) continue;
      throw new StateError(
        `${who}: ${weight.innermost.layer.name} is being trained with another model that uses it. ` +
          "Wait for that training to end, or abort it.",
      );
    }
  }

  /**
   * Begins a training, for which the copies are to be brought up to date.
   *
   * @throws StateError when another training changes a weight of this one, or this one would change a weight of another
   */
  beginTraining(who: string): void {
    this.checkOthers(who, isChanged);
    for (const weight of this.table.entries) {
      if (isChanged(weight)) weight.spec.shared.writer = this;
      else weight.spec.shared.readers.add(this);
    }
  }

  endTraining(): void {
    for (const { spec } of this.table.entries) {
      if (spec.shared.writer === this) spec.shared.writer = undefined;
      spec.shared.readers.delete(this);
    }
    this.changed("trained");
  }

  /** Hands over what only this memory has, before it goes. */
  release(): void {
    for (const weight of this.table.entries) {
      const { shared } = weight.spec;
      if (shared.holder !== this) continue;
      shared.values = this.valuesOf(shared).slice();
      shared.holder = undefined;
    }
  }
}

function copyAtOnce(source: Float32Array, target: Float32Array): undefined {
  target.set(source);
}

/** Whether a training of the model changes it. */
function isChanged({ isTrained, isFrozen, spec }: Weight): boolean {
  return isTrained || spec.isCarried === true || (spec.isState === true && !isFrozen);
}
