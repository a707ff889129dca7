// A copy of the work tree in which files can be broken, built and tested.
import { execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const workTree = fileURLToPath(new URL("../..", import.meta.url));
const generated = "src/engine/module/generated";
/** The builds that models choose from by the kernels they need, and the one for threads: a mistake has to be in all of them. */
const tested = ["strict", "threads", "minimal", "basic", "basicForward"];
/** Where vitest.config.ts puts the results. */
const report = "build/tests.json";
/** A mutant may loop for ever: after so long its tests count as failed. */
const TEST_MILLISECONDS = 180_000;

/** What must not outlive this process, however it ends. */
const running = new Set();
const folders = new Set();
process.once("exit", () => {
  for (const { pid } of running) process.kill(-pid, "SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** Runs a Node script in a folder; resolves to its exit code, `undefined` when it took too long, and all it wrote. */
function runNode(cwd, args, milliseconds) {
  return new Promise((done) => {
    // A group of its own, so that workers that hang end with their parent.
    const child = spawn(process.execPath, args, { cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      process.kill(-child.pid, "SIGKILL");
    }, milliseconds);
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
      done({ code: isLate ? undefined : code, output });
    });
  });
}

/** The first line of an error message that says something. */
function firstLine(text) {
  const line = text.split("\n").find((each) => each.trim()) ?? "";
  return line.trim().slice(0, 200);
}

export class Workbench {
  /** Text of the files that are mutated now, as it was. */
  #originals = new Map();

  constructor(folder) {
    this.folder = folder;
  }

  /** Some equal copies, with the WebAssembly module built. */
  static async several(count) {
    const workbenches = Array.from({ length: count }, () => Workbench.#copyWorkTree());
    const [first, ...others] = workbenches;
    first.#optimizeLess();
    const { code, output } = await runNode(first.folder, ["scripts/buildWasm.mjs", "--for-tests"], 600_000);
    if (code !== 0) throw new Error(`building failed: ${output}`);
    first.#keepTestedTargets();
    for (const other of others) {
      cpSync(first.#path(generated), other.#path(generated), { recursive: true });
      cpSync(first.#path("asconfig.json"), other.#path("asconfig.json"));
    }
    return workbenches;
  }

  /** What git knows or would add. Packages are links, one by one, so that what tools cache beside them stays here. */
  static #copyWorkTree() {
    const folder = mkdtempSync(join(tmpdir(), "wasmgrad-mutants-"));
    folders.add(folder);
    const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], { cwd: workTree, encoding: "utf8" });
    for (const file of listed.split("\0")) {
      if (!file || !existsSync(join(workTree, file))) continue;
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      cpSync(join(workTree, file), join(folder, file));
    }
    mkdirSync(join(folder, "node_modules"));
    for (const name of readdirSync(join(workTree, "node_modules"))) {
      if (!name.startsWith("."))
        symlinkSync(resolve(workTree, "node_modules", name), join(folder, "node_modules", name));
    }
    return new Workbench(folder);
  }

  /** Unoptimised kernels compute the same bits, and are built in a third of the time. */
  #optimizeLess() {
    const config = JSON.parse(this.read("asconfig.json"));
    const options = { ...config.options, optimizeLevel: 0 };
    this.#write("asconfig.json", JSON.stringify({ ...config, options }));
  }

  /** Mutants are tested on one thread and in strict arithmetic: the other builds need not be made anew for each. */
  #keepTestedTargets() {
    const config = JSON.parse(this.read("asconfig.json"));
    const targets = Object.fromEntries(tested.map((target) => [target, config.targets[target]]));
    this.#write("asconfig.json", JSON.stringify({ ...config, targets }));
  }

  #path(file) {
    return join(this.folder, file);
  }

  /** The text of a file, undefined when there is none. */
  read(file) {
    return existsSync(this.#path(file)) ? readFileSync(this.#path(file), "utf8") : undefined;
  }

  #write(file, text) {
    writeFileSync(this.#path(file), text);
  }

  /** Applies edits; returns the new texts by file. */
  mutate(edits) {
    const texts = new Map();
    for (const [file, find, replace] of edits) {
      const text = texts.get(file) ?? this.read(file);
      if (!this.#originals.has(file)) this.#originals.set(file, text);
      texts.set(
        file,
        text.replace(find, () => replace),
      );
    }
    for (const [file, text] of texts) this.#write(file, text);
    return texts;
  }

  /** Builds what the mutated files need; returns the error, if there is one. */
  async build(texts) {
    if (![...texts.keys()].some((file) => file.startsWith("assembly/"))) return undefined;
    for (const target of tested) {
      const file = `${generated}/${target}.ts`;
      this.#originals.set(file, this.read(file));
    }
    const { code, output } = await runNode(this.folder, ["scripts/buildWasm.mjs", "--for-tests"], TEST_MILLISECONDS);
    return code === 0 ? undefined : `building failed: ${firstLine(output)}`;
  }

  /** Undoes `mutate` and `build`. */
  restore() {
    for (const [file, text] of this.#originals) this.#write(file, text);
    this.#originals.clear();
  }

  /**
   * Runs test files until one test fails. `failure` names that test; `broken` says why tests could not run, which is no
   * test's merit.
   */
  async test(files, named) {
    rmSync(this.#path(report), { force: true });
    const pattern = named ? ["--testNamePattern", named] : [];
    const options = ["--bail", "1", "--reporter", "json", "--testTimeout", "60000", ...pattern];
    const limit = TEST_MILLISECONDS + 10_000 * files.length;
    const { code, output } = await runNode(
      this.folder,
      ["node_modules/vitest/vitest.mjs", "run", ...files, ...options],
      limit,
    );
    if (code === undefined) return { failure: `${files.join(", ")}: did not end` };
    if (!existsSync(this.#path(report))) return { broken: `no test ran: ${firstLine(output)}` };
    const { testResults } = JSON.parse(this.read(report));
    let passed = 0;
    for (const { name, status, message, assertionResults } of testResults) {
      const file = name.slice(this.folder.length + 1);
      const failed = assertionResults.find((test) => test.status === "failed");
      if (failed) return { failure: `${file}: ${failed.fullName}` };
      if (status === "failed") return { broken: `${file}: ${firstLine(message)}` };
      passed += assertionResults.filter((test) => test.status === "passed").length;
    }
    if (passed === 0) return { broken: `no test of ${files.join(", ")} is named ${named}` };
    return code === 0 ? {} : { broken: firstLine(output) };
  }
}
