import { FormatError } from "../../errors";
import { globalNamed, storageDtypes, torchDtypes } from "./globals";
import type { PickleHost } from "./machine";
import { NumpyDtype, PickleGlobal, PickleMarker, type PickleValue, TorchStorage, TorchTensor } from "./values";

const MAXIMUM_RANK = 32;
/** Items and bytes that are copied from one value into another. */
const MAXIMUM_COPIED = 1_000_000;

/** What the pickles of PyTorch are made of: storages, tensors, and single numbers of NumPy beside them. */
export class TorchHost implements PickleHost {
  #copied = 0;

  constructor(readonly who: string) {}

  /** Counts what is copied: a pickle may name the same long list any number of times. */
  #spend(count: number): void {
    this.#copied += count;
    if (this.#copied > MAXIMUM_COPIED) throw this.#damaged("it makes too much of what it has");
  }

  #damaged(what: string): FormatError {
    return new FormatError(`${this.who}: the file is damaged: ${what}.`);
  }

  #count(value: PickleValue | undefined, what: string): number {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.#damaged(`${what} is no whole number from 0`);
  }

  #counts(value: PickleValue | undefined, what: string): number[] {
    if (Array.isArray(value) && value.length <= MAXIMUM_RANK) return value.map((one) => this.#count(one, what));
    throw this.#damaged(`${what} is no tuple of at most ${MAXIMUM_RANK} numbers`);
  }

  global(module: string, name: string): PickleGlobal | PickleMarker {
    return globalNamed(module, name, this.who);
  }

  persistent(id: PickleValue): TorchStorage {
    const [kind, type, key, , count, part] = Array.isArray(id) ? id : [];
    if (kind !== "storage" || typeof key !== "string")
      throw this.#damaged("what is kept outside of the pickle is no storage");
    if (!(type instanceof PickleGlobal) || !storageDtypes.has(type.name)) {
      const name = type instanceof PickleGlobal ? type.name : type instanceof PickleMarker ? type.className : "no type";
      throw new FormatError(
        `${this.who}: numbers of ${name} are not read. Convert the tensor in PyTorch: tensor.float().`,
      );
    }
    const dtype = storageDtypes.get(type.name);
    // Files before PyTorch 1.6 have parts of storages: (key, offset, size).
    const [, start, size] = Array.isArray(part) ? part : [];
    if (start === undefined) return new TorchStorage(dtype, key, this.#count(count, "the size of a storage"));
    return new TorchStorage(
      dtype,
      key,
      this.#count(size, "the size of a part of a storage"),
      this.#count(start, "its offset"),
    );
  }

  make({ name }: PickleGlobal, args: readonly PickleValue[]): PickleValue {
    const make = makers[name];
    if (make) return make.call(this, args);
    return this.#marker(name, args);
  }

  #marker(name: string, args: readonly PickleValue[]): PickleMarker {
    const marker = new PickleMarker(name);
    marker.parts.push([...args]);
    return marker;
  }

  build(value: PickleValue, state: PickleValue): void {
    if (value instanceof PickleMarker) value.parts.push(state);
    // (version, byte order, …) of a type of NumPy.
    else if (value instanceof NumpyDtype && Array.isArray(state)) value.isLittleEndian = state[1] !== ">";
  }

  /** `(storage, offset, size, stride, …)` */
  tensor(args: readonly PickleValue[], dtype?: PickleValue): PickleValue {
    const [storage, offset, size, stride] = args;
    if (!(storage instanceof TorchStorage)) throw this.#damaged("a tensor without a storage");
    const named = dtype instanceof PickleGlobal ? torchDtypes.get(dtype.name) : undefined;
    const type = named ?? storage.dtype;
    if (type === undefined) throw this.#damaged("a tensor without a type");
    const shape = this.#counts(size, "the size of a tensor");
    const strides = this.#counts(stride, "the strides of a tensor");
    if (strides.length !== shape.length)
      throw this.#damaged(`${shape.length} sizes and ${strides.length} strides of a tensor`);
    return new TorchTensor(
      storage,
      type,
      this.#count(offset, "the offset of a tensor") + storage.start,
      shape,
      strides,
    );
  }

  dictionary([entries]: readonly PickleValue[]): PickleValue {
    const map = new Map<PickleValue, PickleValue>();
    if (entries instanceof Map) {
      this.#spend(entries.size);
      for (const [key, value] of entries) map.set(key, value);
    } else if (Array.isArray(entries)) {
      this.#spend(entries.length);
      for (const pair of entries) {
        if (!Array.isArray(pair) || pair.length !== 2) throw this.#damaged("an entry of a dictionary that is no pair");
        map.set(pair[0], pair[1]);
      }
    }
    return map;
  }

  list([items]: readonly PickleValue[]): PickleValue[] {
    if (items === undefined) return [];
    if (Array.isArray(items) || items instanceof Set) {
      this.#spend(Array.isArray(items) ? items.length : items.size);
      return [...items];
    }
    throw this.#damaged("a list made of what is none");
  }

  /** Python 2 wrote bytes as texts of Latin-1. */
  bytesOf(text: PickleValue | undefined): PickleValue {
    if (typeof text !== "string") return null;
    this.#spend(text.length);
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  }

  numpyScalar([type, bytes]: readonly PickleValue[]): PickleValue {
    if (type instanceof NumpyDtype && bytes instanceof Uint8Array) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const little = type.isLittleEndian;
      if (type.kind === "f8" && bytes.length === 8) return view.getFloat64(0, little);
      if (type.kind === "f4" && bytes.length === 4) return view.getFloat32(0, little);
      if (type.kind === "i8" && bytes.length === 8) return Number(view.getBigInt64(0, little));
      if (type.kind === "i4" && bytes.length === 4) return view.getInt32(0, little);
      if (type.kind === "b1" && bytes.length === 1) return bytes[0] !== 0;
    }
    return this.#marker("numpy.generic", [bytes ?? null]);
  }
}

type Maker = (this: TorchHost, args: readonly PickleValue[]) => PickleValue;

const first: Maker = ([value]) => value ?? null;

/** What known names make of their arguments. */
const makers: Readonly<Record<string, Maker>> = Object.assign(Object.create(null) as Record<string, Maker>, {
  "torch._utils._rebuild_tensor": function (args) {
    return this.tensor(args);
  },
  "torch._utils._rebuild_tensor_v2": function (args) {
    return this.tensor(args);
  },
  "torch._utils._rebuild_tensor_v3": function (args) {
    return this.tensor(args, args[6]);
  },
  "torch._utils._rebuild_parameter": first,
  "torch._utils._rebuild_parameter_with_state": first,
  "torch.Size": function (args) {
    return this.list(args);
  },
  "collections.OrderedDict": function (args) {
    return this.dictionary(args);
  },
  // The default of a missing entry does not matter here.
  "collections.defaultdict": function () {
    return this.dictionary([]);
  },
  "builtins.dict": function (args) {
    return this.dictionary(args);
  },
  "builtins.list": function (args) {
    return this.list(args);
  },
  "builtins.tuple": function (args) {
    return this.list(args);
  },
  "builtins.set": function (args) {
    return new Set(this.list(args));
  },
  "builtins.frozenset": function (args) {
    return new Set(this.list(args));
  },
  "numpy.dtype": ([kind]) => new NumpyDtype(String(typeof kind === "string" ? kind : "")),
  "numpy.core.multiarray.scalar": function (args) {
    return this.numpyScalar(args);
  },
  "numpy._core.multiarray.scalar": function (args) {
    return this.numpyScalar(args);
  },
  "_codecs.encode": function ([text]) {
    return this.bytesOf(text);
  },
} satisfies Record<string, Maker>);
