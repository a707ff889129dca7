/**
 * What a pickle holds. Dictionaries are Maps, so that no name is special; tuples come as lists; whole numbers beyond 2^53 as bigint.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | Set<PickleValue>
  | PickleGlobal
  | PickleMarker
  | NumpyDtype
  | TorchStorage
  | TorchTensor;

/** Something of a module that is known: what it makes is decided here, it is never called. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** Stands for an object of a class that is not known. Nothing is made of it; what it was to be made of hangs on it. */
export class PickleMarker {
  readonly parts: PickleValue[] = [];

  constructor(readonly className: string) {}
}

/** A type of NumPy, of single numbers beside the tensors. */
export class NumpyDtype {
  isLittleEndian = true;

  constructor(readonly kind: string) {}
}

/** The numbers that tensors are views of. */
export class TorchStorage {
  constructor(
    /** As in `"float32"`; undefined for bytes without a type. */
    readonly dtype: string | undefined,
    readonly key: string,
    /** Elements; of bytes without a type bytes. */
    readonly count: number,
    /** Elements before the first, where the storage is a part of another. */
    readonly start = 0,
  ) {}
}

/** A tensor as a view of a storage. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly dtype: string,
    /** Elements before the first. */
    readonly offset: number,
    readonly shape: readonly number[],
    /** Elements from one index of an axis to the next. */
    readonly strides: readonly number[],
  ) {}
}
