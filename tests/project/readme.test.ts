// The README says what is there, all of it and nothing else.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  activations,
  callbacks,
  data,
  initializers,
  layers,
  losses,
  metrics,
  optimizers,
  regularizers,
  schedules,
} from "wasmgrad";
import { createCore } from "wasmgrad/core";
import { csvLogger } from "wasmgrad/node";
import { Dataset } from "../../src/data/dataset";

const readme = readFileSync("README.md", "utf8");

/** The names in backticks in the row of the table that begins with the given one. */
function namesOf(row: string): string[] {
  const line = readme.split("\n").find((line) => line.startsWith(`| \`${row}\` |`)) ?? "";
  return Array.from(line.matchAll(/`(\w+)`/g), ([, name]) => name).slice(1);
}

/** What a namespace makes; its classes are there for their types. */
const factoriesOf = (namespace: object) => Object.keys(namespace).filter((name) => /^[a-z]/.test(name));

describe("the README names", () => {
  const namespaces = { activations, losses, optimizers, schedules, initializers, regularizers, metrics, layers };
  test.for(Object.entries(namespaces))("all %s", ([name, namespace]) => {
    expect(namesOf(name).sort()).toEqual(factoriesOf(namespace).sort());
  });

  test("all of the numeric core", async () => {
    const core = await createCore({ bytes: 64 });
    expect(namesOf("core").sort()).toEqual([...Object.keys(core), createCore.name].sort());
  });

  test("all callbacks, of both entries", () => {
    expect(namesOf("callbacks").sort()).toEqual([...factoriesOf(callbacks), csvLogger.name].sort());
  });

  test("all of data, and methods that datasets have", () => {
    const methods = namesOf("data").filter((name) => !(name in data));
    expect(namesOf("data")).toEqual(expect.arrayContaining(factoriesOf(data)));
    for (const method of methods) expect(Dataset.prototype).toHaveProperty(method);
  });
});
