import { FormatError } from "../../errors";
import { quoted } from "../json";
import { PickleGlobal, PickleMarker } from "./values";

/** Storages of PyTorch, and what their elements are. */
export const storageDtypes: ReadonlyMap<string, string | undefined> = new Map([
  ["torch.DoubleStorage", "float64"],
  ["torch.FloatStorage", "float32"],
  ["torch.HalfStorage", "float16"],
  ["torch.BFloat16Storage", "bfloat16"],
  ["torch.LongStorage", "int64"],
  ["torch.IntStorage", "int32"],
  ["torch.ShortStorage", "int16"],
  ["torch.CharStorage", "int8"],
  ["torch.ByteStorage", "uint8"],
  ["torch.BoolStorage", "bool"],
  ["torch.storage.UntypedStorage", undefined],
  ["torch.UntypedStorage", undefined],
]);

/** Types of PyTorch by their names. */
export const torchDtypes: ReadonlyMap<string, string> = new Map(
  [
    ...["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"],
    ...["float8_e4m3fn", "float8_e5m2", "uint16", "uint32", "uint64"],
  ].map((name) => [`torch.${name}`, name]),
);

/** What else is known. Everything else becomes a marker, or is refused. */
const known: ReadonlySet<string> = new Set([
  "collections.OrderedDict",
  "collections.defaultdict",
  ...["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3"].map((name) => `torch._utils.${name}`),
  ...["_rebuild_parameter", "_rebuild_parameter_with_state"].map((name) => `torch._utils.${name}`),
  "torch.Size",
  ...["set", "frozenset", "dict", "list", "tuple", "int", "float", "bool", "str", "bytes"].map(
    (name) => `builtins.${name}`,
  ),
  ...["numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.dtype", "_codecs.encode"],
  ...storageDtypes.keys(),
  ...torchDtypes.keys(),
]);

/** Modules that weights have nothing to do with: a file that names one wants to run something. */
const hostile: ReadonlySet<string> = new Set([
  ...["posix", "nt", "os", "sys", "subprocess", "_posixsubprocess", "pty", "commands", "popen2", "shutil", "socket"],
  ...[
    "importlib",
    "imp",
    "runpy",
    "pkgutil",
    "zipimport",
    "code",
    "codeop",
    "pdb",
    "bdb",
    "timeit",
    "cProfile",
    "profile",
  ],
  ...["ctypes", "_ctypes", "cffi", "pickle", "_pickle", "cPickle", "marshal", "shelve", "operator", "_operator"],
  ...["webbrowser", "urllib", "http", "requests", "ftplib", "smtplib", "telnetlib", "pip", "setuptools", "distutils"],
  ...["venv", "ensurepip", "doctest", "IPython", "nose", "io", "_io", "asyncio", "multiprocessing", "builtins"],
]);

/** What is harmless in them: types of values beside the tensors of checkpoints. */
const harmless: ReadonlySet<string> = new Set([
  ...["_io.BytesIO", "_io.StringIO", "io.BytesIO", "io.StringIO", "os.PathLike"],
  ...["object", "complex", "bytearray", "slice", "range", "type", "Ellipsis", "NotImplemented", "Exception"].map(
    (name) => `builtins.${name}`,
  ),
]);

/** What runs programs in modules of tensors and of types. */
const hostileNames: ReadonlySet<string> = new Set([
  ...["torch.hub.load", "torch.load", "torch.jit.load", "torch.storage._load_from_bytes", "torch.distributed.rpc"],
  ...["numpy.testing._private.utils.runstring", "numpy.load", "numpy.f2py.crackfortran.myeval", "joblib.load"],
  ...["types.CodeType", "types.FunctionType", "dill.loads", "cloudpickle.loads", "functools.reduce"],
]);

const isWithin = (name: string, outer: string) => name === outer || name.startsWith(`${outer}.`);

/**
 * What a pickle names. Python 2 calls some modules otherwise.
 *
 * @throws FormatError for what runs programs: nobody needs it for weights
 */
export function globalNamed(module: string, name: string, who: string): PickleGlobal | PickleMarker {
  const home = module === "__builtin__" ? "builtins" : module;
  const path = `${home}.${name}`;
  if (known.has(path)) return new PickleGlobal(path);
  const isHostile =
    (hostile.has(home.split(".")[0]) && !harmless.has(path)) ||
    [...hostileNames].some((outer) => isWithin(path, outer));
  if (!isHostile) return new PickleMarker(path);
  throw new FormatError(
    `${who}: the file asks Python to run ${quoted(`${module}.${name}`)}, which weights never need. Nothing of it was run. Do not open it in Python either.`,
  );
}
