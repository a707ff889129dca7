// The inlined binaries in runtimes that are not Node: with and without a decompressor of their own.
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { minimal } from "../../src/engine/module/generated/minimal";
import { strict } from "../../src/engine/module/generated/strict";
import { unpack } from "../../src/engine/module/unpack";

const nodeModule = vi.hoisted(() => ({ isNode: false, nodeModule: () => Promise.reject(new Error("not Node")) }));
vi.mock("../../src/platform/nodeModule", () => nodeModule);

afterEach(() => {
  vi.unstubAllGlobals();
});

const bytesOf = (source: BufferSource) => Buffer.from(new Uint8Array(source as ArrayBuffer));

describe.each([
  ["minimal", minimal],
  ["strict", strict],
])("the build %s", (name, packed) => {
  const file = readFileSync(`build/${name}.wasm`);

  it("is unpacked by the runtime", async () => {
    expect(bytesOf(await unpack(packed)).equals(file)).toBe(true);
  });

  it("is unpacked where there is no DecompressionStream", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    expect(bytesOf(await unpack(packed)).equals(file)).toBe(true);
  });
});
