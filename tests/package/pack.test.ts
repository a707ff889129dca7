// What a user gets: the packed package, installed in empty projects, by every way in.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

const project = mkdtempSync(join(tmpdir(), "wasmgrad-package-"));
const installed = join(project, "node_modules/wasmgrad");
const { tarball, files: packed } = inject("packed");

function run(program: string, ...parameters: string[]): string {
  try {
    return execFileSync(program, parameters, { cwd: project, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${parameters.join(" ")} failed:\n${stdout}${stderr}`);
  }
}

const write = (name: string, content: string) => writeFileSync(join(project, name), content);

beforeAll(() => {
  write("package.json", JSON.stringify({ name: "project", private: true, type: "module" }));
  run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball);
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("the package", () => {
  test("holds the built entries, their types, README and licences, and nothing else", () => {
    const kinds = packed.filter((path) => !/^dist\/([\w.-]+\.(js|cjs|d\.ts|d\.cts)|edge\/[\w.-]+\.js)$/.test(path));
    const builds = ["relaxed", "relaxedThreads", "strict", "threads"].map((build) => `dist/wasm/${build}.wasm`);
    expect(kinds.sort()).toEqual(
      ["LICENSE", "README.md", "dist/THIRD_PARTY_LICENSES.txt", "dist/cli.mjs", "package.json", ...builds].sort(),
    );
    for (const entry of ["index", "core", "inference", "node", "exchange", "parquet", "arrow", "sqlite"]) {
      for (const kind of ["js", "cjs", "d.ts", "d.cts"]) expect(packed).toContain(`dist/${entry}.${kind}`);
    }
    for (const path of ["dist/worker.js", "dist/edge/index.js", "dist/edge/core.js", "dist/edge/inference.js"])
      expect(packed).toContain(path);
  });

  test("brings the licence of every package whose code it holds", () => {
    const licenses = readFileSync(join(installed, "dist/THIRD_PARTY_LICENSES.txt"), "utf8");
    // esbuild names the file each part of a CommonJS module came from.
    const scripts = packed.filter((path) => path.endsWith(".cjs"));
    const texts = scripts.map((path) => readFileSync(join(installed, path), "utf8"));
    const origins = texts.flatMap((text) => [...text.matchAll(/\/\/ node_modules\/((?:@[\w-]+\/)?[\w.-]+)/g)]);
    const names = [...new Set(origins.map(([, name]) => name))].sort();
    expect(names).toEqual(["@assemblyscript/loader", "fflate", "papaparse"]);
    for (const name of names) expect(licenses).toMatch(new RegExp(`^${name}$`, "m"));
  });

  test("brings no other package along", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    for (const kind of ["dependencies", "optionalDependencies", "bundleDependencies"]) {
      expect(manifest[kind]).toBeUndefined();
    }
    // What a user may install beside it is not installed with it.
    for (const name of Object.keys(manifest.peerDependencies)) {
      expect(manifest.peerDependenciesMeta[name]).toEqual({ optional: true });
    }
    expect(Object.keys(JSON.parse(run("npm", "ls", "--all", "--json")).dependencies)).toEqual(["wasmgrad"]);
  });

  test("loads nothing of Node's before it is asked to, so that browsers can load it", () => {
    const loaded = new Set<string>();
    const modules = new Set<string>();
    const visit = (name: string) => {
      if (loaded.has(name)) return;
      loaded.add(name);
      const source = readFileSync(join(installed, "dist", name), "utf8");
      for (const [, imported] of source.matchAll(/^(?:import|export)\b[^"';]*["']([^"']+)["']/gm)) {
        if (imported.endsWith("?module")) modules.add(imported);
        else {
          expect(imported).toMatch(/^\.\//);
          visit(join(name, "..", imported));
        }
      }
      expect(builtinModules.filter((module) => source.includes(`require("${module}")`))).toEqual([]);
    };
    for (const entry of ["index.js", "core.js"]) visit(entry);
    expect([...modules]).toEqual([]);
    for (const entry of ["edge/index.js", "edge/core.js"]) visit(entry);
    expect([...modules]).toEqual(["../wasm/strict.wasm?module"]);
    // papaparse stands in a file of its own, that only a CSV file loads.
    const texts = packed.filter((path) => /papaparse.*\.js$/.test(path)).map((path) => path.replace("dist/", ""));
    expect(texts.length).toBe(2);
    for (const text of texts) expect(loaded).not.toContain(text);
  });
});

describe("the command line of the package", () => {
  const command = (...args: string[]) => run(join(project, "node_modules/.bin/wasmgrad"), ...args);

  test("says its version and its commands, and takes nothing of the library twice", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(command("--version").trim()).toBe(version);
    expect(command("--help")).toMatch(/train .*\n +predict /);
    const bundle = readFileSync(join(installed, "dist/cli.mjs"), "utf8");
    expect(bundle.startsWith("#!/usr/bin/env node\n")).toBe(true);
    expect(bundle).toMatch(/from "wasmgrad"/);
    expect(bundle.length).toBeLessThan(150_000);
  });

  test("trains on a table, and predicts from the model that it saved", () => {
    const rows = Array.from(
      { length: 120 },
      (_, i) => `${(i * 37) % 100},${(i * 53) % 10},${(i * 37) % 100 < 50 ? "low" : "high"}`,
    );
    write("heights.csv", ["height,noise,kind", ...rows].join("\n"));
    expect(command("train", "heights.csv", "--target", "kind")).toMatch(/Saved heights\.safetensors/);
    write("new.csv", "noise,height\n3,5\n3,95\n");
    const lines = command("predict", "heights.safetensors", "new.csv").trim().split("\n");
    expect(lines.map((line) => line.split(",")[0])).toEqual(["kind", "low", "high"]);
  });

  test("is nothing that the library's entries know", () => {
    for (const file of packed.filter((path) => /\.(js|cjs)$/.test(path))) {
      expect(readFileSync(join(installed, file), "utf8"), file).not.toMatch(/Usage: wasmgrad/);
    }
  });
});

/** Learns exclusive or, writes how far it is off; `await` stands in a function, because CommonJS has none outside. */
const learnXor = `
async function learnXor() {
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
  const y = tensor([[0], [1], [1], [0]]);
  const network = sequential({
    seed: 1,
    layers: [
      layers.dense({ units: 8, activation: "tanh", inputShape: [2] }),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
  });
  network.compile({ optimizer: optimizers.adam({ learningRate: 0.05 }), loss: "binaryCrossentropy" });
  await network.fit(x, y, { epochs: 300, batchSize: 4, callbacks: [csvLogger({ path: "log.csv" })] });
  const output = await network.predict(x);
  if (Array.isArray(output)) throw new Error("one output expected");
  const csv = await data.csv(new TextEncoder().encode("a,b\\n1,2\\n3,4\\n"), { target: "b" });
  const shares = sharesClasses() && (await sharesClassesWithCore());
  console.log(JSON.stringify({ output: Array.from(output.data), rows: csv.size, sharesClasses: shares, length: await measure() }));
}

/** The length of (3, 4), by the numeric core. */
async function measure() {
  const { arena, squaredNorm } = await createCore({ bytes: 64 });
  const vector = arena.float32(2);
  vector.set([3, 4]);
  return Math.sqrt(squaredNorm(vector));
}

async function sharesClassesWithCore() {
  try {
    await createCore({ bytes: -1 });
  } catch (error) {
    return error instanceof ArgumentError;
  }
}

/** All entries must throw the same class, or nobody could catch it. */
function sharesClasses() {
  try {
    csvLogger({ path: "" });
  } catch (error) {
    return error instanceof ArgumentError;
  }
}
void learnXor();
`;

const names = "{ ArgumentError, data, layers, optimizers, sequential, tensor }";
const byImport = `import ${names} from "wasmgrad";\nimport { createCore } from "wasmgrad/core";\nimport { csvLogger } from "wasmgrad/node";\n${learnXor}`;
const byRequire = `const ${names} = require("wasmgrad");\nconst { createCore } = require("wasmgrad/core");\nconst { csvLogger } = require("wasmgrad/node");\n${learnXor}`;

function expectXor(printed: string): void {
  const { output, rows, sharesClasses, length } = JSON.parse(printed);
  expect(output.map(Math.round)).toEqual([0, 1, 1, 0]);
  for (const value of output) expect(Math.abs(value - Math.round(value))).toBeLessThan(0.1);
  expect({ rows, sharesClasses, length }).toEqual({ rows: 2, sharesClasses: true, length: 5 });
  expect(readFileSync(join(project, "log.csv"), "utf8").trim().split("\n").length).toBe(1 + 300);
}

describe("a user's program learns", () => {
  test("by import", () => {
    write("imports.mjs", byImport);
    expectXor(run("node", "imports.mjs"));
  });

  test("by import, with the binary as the file that the package has of it", () => {
    const address = 'new URL(import.meta.resolve("wasmgrad/wasm/strict.wasm"))';
    const configured = byImport.replace("void learnXor();", `configure({ wasm: ${address} });\nvoid learnXor();`);
    write("files.mjs", configured.replace("{ ArgumentError,", "{ ArgumentError, configure,"));
    expectXor(run("node", "files.mjs"));
  });

  test("as the README shows it", () => {
    const [, example] = /```js\n(.*?)```/s.exec(readFileSync(join(installed, "README.md"), "utf8")) ?? [];
    write("readme.mjs", example);
    const printed = run("node", "readme.mjs");
    const [accuracy] = /(?<=trained on: )[\d.]+/.exec(printed) ?? [];
    expect(Number(accuracy), printed).toBeGreaterThan(0.9);
  });

  test("by require", () => {
    write("requires.cjs", byRequire);
    expectXor(run("node", "requires.cjs"));
  });

  const compile = (folder: string, file: string, options: object, program = byImport) => {
    mkdirSync(join(project, folder));
    write(`${folder}/${file}`, program);
    write(
      `${folder}/tsconfig.json`,
      JSON.stringify({
        compilerOptions: {
          strict: true,
          // Our declarations are checked, TypeScript's own need not be.
          skipLibCheck: false,
          skipDefaultLibCheck: true,
          target: "ES2022",
          types: [],
          outDir: "built",
          ...options,
        },
        files: [file],
      }),
    );
    run("node", resolve("node_modules/typescript/bin/tsc"), "--project", folder);
  };

  test("in strict TypeScript, as an ES module of Node", () => {
    compile("node16", "program.mts", {
      module: "node16",
      moduleResolution: "node16",
      exactOptionalPropertyTypes: true,
    });
    expectXor(run("node", "node16/built/program.mjs"));
  });

  test("in TypeScript only with options that go together", () => {
    const refused = readFileSync("tests/types/options.ts", "utf8");
    compile(
      "types",
      "options.ts",
      { module: "node16", moduleResolution: "node16", exactOptionalPropertyTypes: true },
      refused,
    );
  });

  test("in strict TypeScript, as CommonJS", () => {
    compile("commonjs", "program.cts", { module: "node16", moduleResolution: "node16" });
    expectXor(run("node", "commonjs/built/program.cjs"));
  });

  test("in strict TypeScript, for a bundler", () => {
    compile("bundler", "program.ts", { module: "esnext", moduleResolution: "bundler", verbatimModuleSyntax: true });
    expectXor(run("node", "bundler/built/program.js"));
  });
});
