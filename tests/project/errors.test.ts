// R15: every error of the library has a class and a code, both documented, and nothing else is thrown.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import * as errors from "../../src/errors";
import * as library from "../../src/index";

/** Never to be changed: programs compare them. */
const codes: Readonly<Record<keyof typeof errors, errors.ErrorCode>> = {
  WasmgradError: "ERR_WASMGRAD",
  ArgumentError: "ERR_WASMGRAD_ARGUMENT",
  ShapeError: "ERR_WASMGRAD_SHAPE",
  DataError: "ERR_WASMGRAD_DATA",
  FormatError: "ERR_WASMGRAD_FORMAT",
  StateError: "ERR_WASMGRAD_STATE",
  MemoryLimitError: "ERR_WASMGRAD_MEMORY_LIMIT",
  LimitError: "ERR_WASMGRAD_LIMIT",
  ThreadError: "ERR_WASMGRAD_THREAD",
  WebAssemblyError: "ERR_WASMGRAD_WEBASSEMBLY",
  NonFiniteError: "ERR_WASMGRAD_NON_FINITE",
  InternalError: "ERR_WASMGRAD_INTERNAL",
};

const make: Readonly<Record<keyof typeof errors, () => errors.WasmgradError>> = {
  WasmgradError: () => new errors.WasmgradError("message"),
  ArgumentError: () => new errors.ArgumentError("message"),
  ShapeError: () => new errors.ShapeError("message"),
  DataError: () => new errors.DataError("message"),
  FormatError: () => new errors.FormatError("message"),
  StateError: () => new errors.StateError("message"),
  MemoryLimitError: () => new errors.MemoryLimitError("message"),
  LimitError: () => new errors.LimitError("message"),
  ThreadError: () => new errors.ThreadError("message"),
  WebAssemblyError: () => new errors.WebAssemblyError("message", "forbidden"),
  NonFiniteError: () => new errors.NonFiniteError("message", 0, "dense"),
  InternalError: () => new errors.InternalError("message"),
};

describe("every class of error", () => {
  test("is in the list of this test", () => {
    expect(Object.keys(errors).sort()).toEqual(Object.keys(codes).sort());
    expect(new Set(Object.values(codes)).size).toBe(Object.keys(codes).length);
  });

  it.each(Object.entries(codes))("%s has the code %s, is exported and documented", (name, code) => {
    const error = make[name as keyof typeof errors]();
    expect(error).toMatchObject({ name, code, message: "message" });
    expect(error).toBeInstanceOf(errors.WasmgradError);
    expect(library).toHaveProperty(name, error.constructor);
    const readme = readFileSync("README.md", "utf8");
    if (name !== "WasmgradError") expect(readme).toContain(`| \`${name}\` | \`${code}\` |`);
  });
});

test("a caught error tells its code without its class", async () => {
  const refused = await library.loadModel(Uint8Array.of(1, 2, 3)).catch((error: unknown) => error);
  expect((refused as { code?: unknown }).code).toBe("ERR_WASMGRAD_FORMAT");
});

/** A program, whose own mistakes end as exit codes and no caller catches. */
const isProgram = (name: string) => name.startsWith("cli");

test("nothing in src throws an error of another class", () => {
  const known = new Set(Object.keys(codes));
  const thrown: string[] = [];
  for (const name of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts") || isProgram(name)) continue;
    const text = readFileSync(join("src", name), "utf8");
    for (const [, what] of text.matchAll(/\bthrow new ([\w.]+)|\bPromise\.reject\(new ([\w.]+)/g)) {
      thrown.push(what);
      expect(known, `src/${name} throws ${what}`).toContain(what);
    }
  }
  expect(thrown.length).toBeGreaterThan(100);
});
