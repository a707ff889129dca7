import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readTensors } from "../../src/exchange/index";
import {
  build,
  dict,
  get,
  global,
  int,
  list,
  none,
  pickle,
  put,
  reduce,
  storage,
  tensor,
  text,
  torchFile,
  tuple,
} from "./pickleBytes";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/exchange/${name}`, import.meta.url));
const numbers = Float32Array.of(1, 2, 3, 4, 5, 6);
const matrix = tensor(storage("0", 6), 0, [2, 3], [3, 1]);

const errorOf = (bytes: Uint8Array, options = {}): Promise<unknown> =>
  readTensors(bytes, options).then(
    () => undefined,
    (error: unknown) => error,
  );

const refused = (message: RegExp) => ({ name: "FormatError", message: expect.stringMatching(message) });

describe("pickles of PyTorch", () => {
  it("gives tensors by their paths, in the order of the file", async () => {
    const file = torchFile(dict(["b", matrix], ["a", dict(["weight", matrix])], ["epoch", int(3)]), { 0: numbers });
    const tensors = await readTensors(file);
    expect([...tensors.keys()]).toEqual(["b", "a.weight"]);
    expect(tensors.get("a.weight")).toEqual({ shape: [2, 3], data: numbers, dtype: "float32" });
  });

  it("reads views by offset and strides: transposed, repeated, empty, scalar", async () => {
    const view = (offset: number, shape: number[], strides: number[]) =>
      tensor(storage("0", 6), offset, shape, strides);
    const value = dict(
      ["transposed", view(0, [3, 2], [1, 3])],
      ["part", view(1, [2, 2], [3, 1])],
      ["repeated", view(2, [2, 2], [1, 0])],
      ["empty", view(6, [0, 3], [3, 1])],
      ["scalar", view(5, [], [])],
    );
    const tensors = await readTensors(torchFile(value, { 0: numbers }));
    expect([...tensors.get("transposed")!.data]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...tensors.get("part")!.data]).toEqual([2, 3, 5, 6]);
    expect([...tensors.get("repeated")!.data]).toEqual([3, 3, 4, 4]);
    expect(tensors.get("empty")).toEqual({ shape: [0, 3], data: new Float32Array(0), dtype: "float32" });
    expect([...tensors.get("scalar")!.data]).toEqual([6]);
  });

  it.each([
    ["DoubleStorage", Float64Array.of(1.5, -2), "float64"],
    ["HalfStorage", Uint16Array.of(0x3e00, 0xc000), "float16"],
    ["BFloat16Storage", Uint16Array.of(0x3fc0, 0xc000), "bfloat16"],
    ["LongStorage", BigInt64Array.of(2n ** 40n, -2n), "int64"],
    ["IntStorage", Int32Array.of(1_000_000, -2), "int32"],
    ["ShortStorage", Int16Array.of(1000, -2), "int16"],
    ["CharStorage", Int8Array.of(100, -2), "int8"],
    ["ByteStorage", Uint8Array.of(200, 2), "uint8"],
    ["BoolStorage", Uint8Array.of(1, 0), "bool"],
  ])("reads %s", async (type, data, dtype) => {
    const wanted: Record<string, number[]> = {
      ...{ float64: [1.5, -2], float16: [1.5, -2], bfloat16: [1.5, -2], int64: [2 ** 40, -2], int32: [1_000_000, -2] },
      ...{ int16: [1000, -2], int8: [100, -2], uint8: [200, 2], bool: [1, 0] },
    };
    const file = torchFile(dict(["x", tensor(storage("0", 2, type), 0, [2], [1])]), { 0: data });
    const { data: got, dtype: kind } = (await readTensors(file)).get("x")!;
    expect([kind, [...got]]).toEqual([dtype, wanted[dtype]]);
  });

  it("reads big-endian files", async () => {
    const big = new Uint8Array(numbers.buffer.slice(0));
    for (let at = 0; at < big.length; at += 4) big.subarray(at, at + 4).reverse();
    const tensors = await readTensors(torchFile(dict(["x", matrix]), { 0: big }, { byteorder: "big" }));
    expect(tensors.get("x")!.data).toEqual(numbers);
    expect(await errorOf(torchFile(dict(["x", matrix]), { 0: big }, { byteorder: "odd" }))).toMatchObject(
      refused(/order of bytes "odd"/),
    );
  });

  it("drops _metadata, and keeps what is beside the tensors out", async () => {
    const ordered = reduce(global("collections", "OrderedDict"));
    const state = [...ordered, ...put(1), 0x28, ...text("w"), ...matrix, 0x75];
    const value = build(state, dict(["_metadata", dict()]));
    expect([...(await readTensors(torchFile(value, { 0: numbers }))).keys()]).toEqual(["w"]);
  });

  it("never makes objects: unknown classes beside the tensors do not matter", async () => {
    const args = build(reduce(global("argparse", "Namespace")), dict(["lr", int(1)]));
    const file = torchFile(dict(["args", args], ["w", matrix]), { 0: numbers });
    expect([...(await readTensors(file)).keys()]).toEqual(["w"]);
  });

  it.each(["pathlib PosixPath", "_io BytesIO", "functools partial", "copy_reg _reconstructor", "__builtin__ object"])(
    "does not mind %s beside the tensors",
    async (path) => {
      const [module, name] = path.split(" ");
      const value = dict(["x", reduce(global(module, name), text("a"))], ["w", matrix]);
      expect([...(await readTensors(torchFile(value, { 0: numbers }))).keys()]).toEqual(["w"]);
    },
  );

  it("names all classes of a whole model, and the way out", async () => {
    const linear = build(reduce(global("torch.nn.modules.linear", "Linear")), dict(["weight", matrix]));
    const model = build(reduce(global("my.nets", "Net")), dict(["fc", linear]));
    const message = /Net, torch\.nn\.modules\.linear\.Linear.*model\.state_dict\(\)/;
    expect(await errorOf(torchFile(model, { 0: numbers }))).toMatchObject(refused(message));
    expect(await errorOf(torchFile(dict(["model", model]), { 0: numbers }))).toMatchObject(refused(message));
  });

  it.each(["posix system", "nt system", "builtins eval", "builtins getattr", "__builtin__ exec", "subprocess Popen"])(
    "refuses %s wherever it stands, called or not",
    async (path) => {
      const [module, name] = path.split(" ");
      const message = new RegExp(`run "${module}\\.${name}"`);
      const called = dict(["w", matrix], ["x", reduce(global(module, name), text("touch /tmp/x"))]);
      expect(await errorOf(torchFile(called, { 0: numbers }))).toMatchObject(refused(message));
      expect(await errorOf(torchFile(list(global(module, name)), { 0: numbers }))).toMatchObject(refused(message));
    },
  );

  it("refuses programs of TorchScript", async () => {
    const file = torchFile(dict(["w", matrix]), { 0: numbers }, { "constants.pkl": "", "code/x.py": "" });
    expect(await errorOf(file)).toMatchObject(refused(/torch\.jit\.load\(file\)\.state_dict\(\)/));
  });

  it.each<[string, readonly number[], RegExp]>([
    ["a view beyond its storage", tensor(storage("0", 6), 1, [2, 3], [3, 1]), /"w" reaches beyond its storage of 6/],
    ["strides beyond it", tensor(storage("0", 6), 0, [2], [2 ** 30]), /reaches beyond/],
    [
      "a storage of another size",
      tensor(storage("0", 7), 0, [2], [1]),
      /says that its storage has 7 elements, the file has 6/,
    ],
    ["a storage that is missing", tensor(storage("1", 6), 0, [2], [1]), /storage "1" of 6 elements is not in the file/],
    ["repeats without end", tensor(storage("0", 6), 0, [2 ** 28], [0]), /repeats the numbers of its storage too often/],
    ["sizes below 0", tensor(storage("0", 6), 0, [-1], [1]), /no whole number from 0/],
    [
      "complex numbers",
      tensor(storage("0", 6, "ComplexFloatStorage"), 0, [1], [1]),
      /numbers of torch\.ComplexFloatStorage/,
    ],
  ])("refuses %s", async (_, value, message) => {
    expect(await errorOf(torchFile(dict(["w", value]), { 0: numbers }))).toMatchObject(refused(message));
  });

  it("refuses lists in lists that repeat a tensor 2^40 times, and values that hold themselves", async () => {
    const doubled = Array.from({ length: 40 }, (_, i) => [...put(i + 1), 0x30, ...list(get(i + 1), get(i + 1))]).flat();
    const started = process.cpuUsage();
    const bomb = torchFile([...matrix, ...doubled], { 0: numbers });
    expect(await errorOf(bomb)).toMatchObject(refused(/repeat the same tensor without end/));
    expect(process.cpuUsage(started).user).toBeLessThan(1e6);
    const circle = [0x7d, ...put(1), 0x28, ...text("w"), ...matrix, ...text("self"), ...get(1), 0x75];
    expect(await errorOf(torchFile(circle, { 0: numbers }))).toMatchObject(refused(/"self" is part of itself/));
    const deep = Array.from({ length: 5000 }, () => [0x5d]).flat();
    const closed = Array.from({ length: 5000 }, () => [0x61]).flat();
    expect(await errorOf(torchFile([...deep, ...matrix, ...closed], { 0: numbers }))).toMatchObject(
      refused(/nested too deep/),
    );
  });

  it("a name such as __proto__ is just a name", async () => {
    const tensors = await readTensors(torchFile(dict(["__proto__", dict(["toString", matrix])]), { 0: numbers }));
    expect([...tensors.keys()]).toEqual(["__proto__.toString"]);
    expect(({} as Record<string, unknown>).weight).toBeUndefined();
  });

  it("takes the dictionary that key says", async () => {
    const nested = dict(["w", matrix]);
    const file = torchFile(dict(["ema.model", nested], ["net", dict(["state", nested])], ["x", none]), { 0: numbers });
    expect([...(await readTensors(file, { key: "net.state" })).keys()]).toEqual(["w"]);
    expect([...(await readTensors(file, { key: "ema.model" })).keys()]).toEqual(["w"]);
    expect([...(await readTensors(file)).keys()]).toEqual(["ema.model.w", "net.state.w"]);
    expect(await errorOf(file, { key: "nets" })).toMatchObject({
      name: "ArgumentError",
      message: expect.stringMatching(
        /nothing at the key "nets"\. Did you mean "net"\?.*Its keys: "ema\.model", "net", "x"/,
      ),
    });
  });

  it("reads protocol 4 and numbers of NumPy", async () => {
    // PROTO 4, FRAME, SHORT_BINUNICODE, MEMOIZE, STACK_GLOBAL
    const short = (value: string) => [0x8c, value.length, ...new TextEncoder().encode(value), 0x94];
    const dtype = reduce([...short("numpy"), ...short("dtype"), 0x93], text("f8"), [0x89], [0x88]);
    const scalar = reduce(global("numpy.core.multiarray", "scalar"), dtype, [0x43, 8, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]);
    const value = [0x95, 0, 0, 0, 0, 0, 0, 0, 0, ...dict(["loss", scalar], ["w", matrix])];
    expect([...(await readTensors(torchFile(value, { 0: numbers }))).keys()]).toEqual(["w"]);
  });

  it("a pickle without tensors says so", async () => {
    expect(await errorOf(pickle(dict(["a", int(1)])))).toMatchObject(refused(/has no tensors/));
    expect(await errorOf(pickle(reduce(global("sklearn.svm", "SVC"))))).toMatchObject(refused(/sklearn\.svm\.SVC/));
    expect(await errorOf(pickle([0xff]))).toMatchObject(refused(/the step 0xff, which is not read/));
    expect(await errorOf(pickle(tuple()).subarray(0, 3))).toMatchObject(refused(/ends too early/));
  });

  it("reads what PyTorch wrote", async () => {
    const views = await readTensors(fixture("views.pt"));
    expect([...views.keys()]).toEqual(["transposed", "slice", "row", "column", "expanded", "scalar", "empty", "whole"]);
    expect([...views.get("transposed")!.data.subarray(0, 8)]).toEqual([0, 6, 12, 18, 1, 7, 13, 19]);
    const legacy = await readTensors(fixture("legacy_no_zip.pt"));
    expect(legacy.get("0.weight")!.data[0]).toBeCloseTo(-0.60303545, 7);
  });
});
