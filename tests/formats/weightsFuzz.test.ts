import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { WasmgradError } from "../../src/errors";
import { readTensors } from "../../src/exchange/index";
import { ggufFile } from "./ggufBytes";

/** Files of weights of every format, cut, changed and invented: always a result or a typed error, soon. */

const seed = 20251130;
const fixture = (name: string) =>
  Uint8Array.from(readFileSync(new URL(`../fixtures/exchange/${name}`, import.meta.url)));

const gguf = ggufFile([
  { name: "a", shape: [2, 32], type: 8, data: new Uint8Array(68).fill(3) },
  { name: "b", shape: [3], type: 0, data: new Uint8Array(12) },
]);

const files: Readonly<Record<string, Uint8Array>> = {
  "mlp.pt": fixture("mlp.pt"),
  "legacy_no_zip.pt": fixture("legacy_no_zip.pt"),
  "checkpoint.pth": fixture("checkpoint.pth"),
  "plain.npz": fixture("plain.npz"),
  "mlp.safetensors": fixture("mlp.safetensors"),
  "keras3_only.weights.h5": fixture("keras3_only.weights.h5"),
  "tensors.gguf": gguf,
};

const fraction = fc.nat(65535).map((x) => x / 65536);

/** One way to damage a file, at a place that fits any length. The beginning is hit more often: there is what files say of themselves. */
const damage: fc.Arbitrary<(file: Uint8Array) => Uint8Array> = fc.oneof(
  fc.tuple(fraction, fc.boolean(), fc.nat(255)).map(([at, isEarly, value]) => (file: Uint8Array) => {
    const copy = file.slice();
    copy[Math.floor((isEarly ? at * at * at : at) * copy.length)] = value;
    return copy;
  }),
  fc
    .tuple(fraction, fc.constantFrom(0xffffffff, 0x7fffffff, 0x80000000, 0, 65536))
    .map(([at, value]) => (file: Uint8Array) => {
      const copy = file.slice();
      new DataView(copy.buffer).setUint32(Math.floor(at * (copy.length - 4)), value, true);
      return copy;
    }),
  fraction.map((at) => (file: Uint8Array) => file.slice(0, Math.floor(at * file.length))),
  fc.tuple(fraction, fraction, fraction).map(([from, to, at]) => (file: Uint8Array) => {
    const [start, end, place] = [Math.min(from, to), Math.max(from, to), at].map((x) => Math.floor(x * file.length));
    return Uint8Array.of(...file.subarray(0, place), ...file.subarray(start, end), ...file.subarray(place));
  }),
);

/** Bytes that a pickle may begin with, and then any of its steps. */
const invented = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[[0x7d], [0x5d], [0x28], [0x74], [0x75], [0x65], [0x52], [0x62], [0x51], [0x29], [0x85], [0x86], [0x87]],
        ...[[0x71, 0], [0x68, 0], [0x71, 1], [0x68, 1], [0x32], [0x30], [0x4b, 3], [0x4e], [0x81], [0x93], [0x94]],
        ...[[0x8a, 1, 255], [0x58, 1, 0, 0, 0, 97], [0x73], [0x61], [0x31], [0x90], [0x8f], [0x2e]],
        [...new TextEncoder().encode("ccollections\nOrderedDict\n")],
        [...new TextEncoder().encode("ctorch._utils\n_rebuild_tensor_v2\n")],
        [...new TextEncoder().encode("ctorch\nFloatStorage\n")],
        [...new TextEncoder().encode("ca\nb\n")],
      ),
      fc.array(fc.nat(255), { maxLength: 3 }),
    ),
    { maxLength: 60 },
  )
  .map((steps) => Uint8Array.from([0x80, 2, ...steps.flat(), 0x2e]));

/** Milliseconds of this process. */
const cpuTime = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Reads hostile bytes once: how long that took, and what memory came with it. */
async function attempt(bytes: Uint8Array): Promise<{ milliseconds: number; memory: number }> {
  const [start, memory] = [cpuTime(), process.memoryUsage.rss()];
  try {
    await readTensors(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(WasmgradError);
    expect(["FormatError", "DataError"]).toContain((error as Error).name);
  }
  return { milliseconds: cpuTime() - start, memory: process.memoryUsage.rss() - memory };
}

/** Garbage of others is collected now and then: what is slow of itself is so every time. */
async function check(bytes: Uint8Array): Promise<void> {
  let best = await attempt(bytes);
  const isFine = () => best.milliseconds < 100 && best.memory < 64 * 2 ** 20 + bytes.length;
  for (let i = 0; i < 3 && !isFine(); i++) best = await attempt(bytes);
  expect(best.milliseconds).toBeLessThan(100);
  expect(best.memory).toBeLessThan(64 * 2 ** 20 + bytes.length);
}

describe("hostile bytes", () => {
  // Loads the readers.
  beforeAll(async () => {
    for (const file of Object.values(files)) await readTensors(file);
  });

  it.each(Object.keys(files))("%s, cut and changed", async (name) => {
    const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(damages, (list) => check(list.reduce((file, change) => change(file), files[name]))),
      { seed, numRuns: 400 },
    );
  });

  it("invented pickles", async () => {
    await fc.assert(fc.asyncProperty(invented, check), { seed, numRuns: 3000 });
  });

  it("invented bytes behind the beginnings of every format", async () => {
    const starts = Object.values(files).map((file) => file.subarray(0, 16));
    const bytes = fc
      .tuple(fc.constantFrom(...starts), fc.nat(16), fc.uint8Array({ maxLength: 200 }))
      .map(([start, length, rest]) => Uint8Array.of(...start.subarray(0, length), ...rest));
    await fc.assert(fc.asyncProperty(bytes, check), { seed, numRuns: 1000 });
  });
});
