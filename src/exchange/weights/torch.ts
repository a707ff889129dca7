import { FormatError } from "../../errors";
import { quoted } from "../../formats/json";
import { readPickle } from "../../formats/pickle/readPickle";
import { TorchHost } from "../../formats/pickle/torchHost";
import type { PickleValue, TorchStorage } from "../../formats/pickle/values";
import { readZip, type ZipEntry } from "../../formats/zip/directory";
import { textDecoder } from "../../platform/text";
import { inflateRaw } from "../../io/deflate";
import type { WeightFile } from "./file";
import { elementBytes } from "./numbers";
import { findTensors } from "./torchTensors";

/** The pickle of a file, and the bytes of its storages. */
export interface TorchContent {
  readonly root: PickleValue;
  readonly isLittleEndian: boolean;
  readonly storages: ReadonlyMap<string, Uint8Array>;
  /** Whether each storage has as many bytes as the pickle says; before PyTorch 1.6 parts of storages have fewer. */
  readonly isExact: boolean;
}

const MAGIC_BYTES = 10;
const PROTOCOL = 1001;
/** Pickles before the storages in files before PyTorch 1.6: magic, protocol, system, object, keys. */
const SMALL_STORAGE_LIMIT = 100_000;

async function contentOf({ packed, isDeflated, size, name }: ZipEntry, who: string): Promise<Uint8Array> {
  return isDeflated ? inflateRaw(packed, size, `${who}: ${quoted(name)}`) : packed;
}

/** A ZIP archive: `<any>/data.pkl`, and `<any>/data/<key>` for each storage. */
async function readArchive(bytes: Uint8Array, who: string): Promise<TorchContent> {
  const entries = new Map(readZip(bytes, who).map((entry) => [entry.name, entry]));
  const path = [...entries.keys()].find((name) => /(^|\/)data\.pkl$/.test(name));
  if (path === undefined) throw new FormatError(`${who}: the archive has no data.pkl, as files of PyTorch have.`);
  const prefix = path.slice(0, -"data.pkl".length);
  const isScript = [...entries.keys()].some(
    (name) => name === `${prefix}constants.pkl` || name.startsWith(`${prefix}code/`),
  );
  if (isScript) {
    throw new FormatError(
      `${who}: the file is a program of TorchScript, which is not run. In Python: torch.save(torch.jit.load(file).state_dict(), "weights.pt").`,
    );
  }
  const pickle = await contentOf(entries.get(path)!, who);
  const root = readPickle(pickle, 0, new TorchHost(who)).value;
  const order = entries.get(`${prefix}byteorder`);
  const byteOrder = order
    ? textDecoder()
        .decode(await contentOf(order, who))
        .trim()
    : "little";
  if (byteOrder !== "little" && byteOrder !== "big")
    throw new FormatError(`${who}: the order of bytes ${quoted(byteOrder)} is not known.`);
  const storages = new Map<string, Uint8Array>();
  const start = `${prefix}data/`;
  for (const [name, entry] of entries) {
    if (name.startsWith(start)) storages.set(name.slice(start.length), await contentOf(entry, who));
  }
  return { root, isLittleEndian: byteOrder === "little", storages, isExact: true };
}

/** Before PyTorch 1.6: pickles one behind the other, then each storage with its count of elements. */
function readLegacy(bytes: Uint8Array, who: string): TorchContent {
  const host = new StorageKeeper(who);
  const damaged = (what: string) => new FormatError(`${who}: the file is damaged: ${what}.`);
  let at = MAGIC_BYTES + 5;
  const next = () => {
    const { value, end } = readPickle(bytes, at, host);
    at = end;
    return value;
  };
  if (next() !== PROTOCOL) throw damaged(`it is not of the protocol ${PROTOCOL}`);
  const system = next();
  const root = next();
  const keys = next();
  if (!Array.isArray(keys) || keys.length > SMALL_STORAGE_LIMIT) throw damaged("it has no list of storages");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const storages = new Map<string, Uint8Array>();
  for (const key of keys) {
    const dtype = typeof key === "string" ? host.dtypes.get(key) : undefined;
    if (typeof key !== "string" || dtype === undefined) throw damaged("a storage that no tensor has");
    if (at + 8 > bytes.length) throw damaged(`storage ${quoted(key)} is missing`);
    const count = view.getUint32(at, true) + view.getUint32(at + 4, true) * 0x1_0000_0000;
    at += 8;
    const size = count * elementBytes[dtype];
    if (!(size <= bytes.length - at)) throw damaged(`storage ${quoted(key)} ends too early`);
    storages.set(key, bytes.subarray(at, at + size));
    at += size;
  }
  const isLittleEndian = !(system instanceof Map) || system.get("little_endian") !== false;
  return { root, isLittleEndian, storages, isExact: false };
}

/** Remembers what storages are made of, which files before PyTorch 1.6 say in the pickle only. */
class StorageKeeper extends TorchHost {
  readonly dtypes = new Map<string, string>();

  override persistent(id: PickleValue): TorchStorage {
    const storage = super.persistent(id);
    this.dtypes.set(storage.key, storage.dtype ?? "uint8");
    return storage;
  }
}

/** A pickle alone, as `pickle.dump` writes: it has no storages. */
function readPlain(bytes: Uint8Array, who: string): TorchContent {
  const root = readPickle(bytes, 0, new TorchHost(who)).value;
  return { root, isLittleEndian: true, storages: new Map(), isExact: true };
}

/**
 * Reads a file of `torch.save`. Nothing in it is ever run.
 *
 * @param key the dictionary to take, by its path; `""` is the whole file; undefined: the only one
 * @throws FormatError for damaged and hostile files, programs of TorchScript and objects of the writer's own classes; ArgumentError for
 *   a key that is not there, and where several dictionaries could be meant
 */
export async function readTorch(bytes: Uint8Array, who: string, key: string | undefined): Promise<WeightFile> {
  const isArchive = bytes[0] === 0x50;
  const isLegacy = bytes[2] === 0x8a && bytes[3] === 0x0a;
  const content = isArchive ? await readArchive(bytes, who) : isLegacy ? readLegacy(bytes, who) : readPlain(bytes, who);
  return { producer: "PyTorch", order: "made", ...findTensors(content, bytes.length, who, key) };
}
