// Compiles assembly/ once for each target of asconfig.json and inlines each binary as a module under
// src/engine/module/generated, so that tests, bundles and scripts all read the same bytes without a file or a URL. Makes nothing
// again that was made from these very sources.
//
//   npm run build:wasm                  binaries compressed as small as they get: what is published
//   npm run build:wasm -- --for-tests   the same binaries, compressed quickly, without those that no test of npm test runs
//   npm run build:wasm -- --text        writes each binary as text, too: build/strict.wat, …
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { deflateSync } from "node:zlib";
import { writeOperations } from "./listOperations.mjs";

const generated = "src/engine/module/generated";
/** The hash of the sources that each build/*.wasm was compiled from, and each module under `generated`, with how it was compressed. */
const stampFile = "build/wasm.json";
const { targets } = JSON.parse(readFileSync("asconfig.json", "utf8"));
/** The targets that tests of the sources do without: those of tests/package run them. */
const onlyPublished = ["relaxed", "relaxedThreads"];
const moduleOf = (target) => join(generated, `${target}.ts`);

/** One hash of everything a binary depends on. */
function hashSources() {
  const sources = readdirSync("assembly", { recursive: true }).filter((name) => name.endsWith(".ts"));
  const files = [
    "asconfig.json",
    "package-lock.json",
    "scripts/buildWasm.mjs",
    ...sources.sort().map((name) => join("assembly", name)),
  ];
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest("hex");
}

/** A number as WebAssembly writes them: seven bits a byte, the lowest first. */
function leb128(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}

/** What the section `wasmgrad` of a binary says: which build of which sources it is. */
const identityOf = (target, bytes) => `${target} ${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;

/**
 * Writes that section at the end of a compiled file, so that a file from elsewhere can be told from the one that belongs to
 * these sources.
 */
function sign(target, file) {
  const bytes = readFileSync(file);
  const content = [8, ...Buffer.from("wasmgrad"), ...Buffer.from(identityOf(target, bytes))];
  writeFileSync(file, Buffer.concat([bytes, Buffer.from([0, ...leb128(content.length), ...content])]));
}

/** The identity in a signed binary, whose last section it is. This Node need not know the instructions of the others. */
function readIdentity(bytes) {
  const name = "\bwasmgrad";
  return bytes.subarray(bytes.lastIndexOf(name) + name.length).toString();
}

/** The operations of a binary, by name. */
async function operationsOf(bytes) {
  const names = WebAssembly.Module.exports(await WebAssembly.compile(bytes)).map(({ name }) => name);
  return names.filter((name) => name.endsWith("Forward")).map((name) => name.slice(0, -"Forward".length));
}

/** Compiles one target into a signed file. */
async function compile(target, withText) {
  const { outFile, entries } = targets[target];
  const text = withText ? ["--textFile", outFile.replace(/wasm$/, "wat")] : [];
  const options = [...entries, "--config", "asconfig.json", "--target", target, ...text];
  const { default: asc } = await import("assemblyscript/asc");
  const { error, stderr } = await asc.main(options);
  if (error) throw new Error(stderr.toString() || error.message);
  sign(target, outFile);
}

async function packSmall(bytes) {
  const { default: zopfli } = await import("@gfx/zopfli");
  return zopfli.zlibAsync(bytes, { numiterations: 15 });
}

/**
 * Compresses one binary and writes it as a module. Before it becomes text: compressing the text afterwards, as servers do,
 * leaves half as much again. Zopfli finds what takes one part in twenty less than zlib's best, in the same format.
 */
async function pack(target, quickly) {
  const bytes = readFileSync(targets[target].outFile);
  const packed = quickly ? deflateSync(bytes) : await packSmall(bytes);
  const text = Buffer.from(packed).toString("base64");
  const source = `// Made by scripts/buildWasm.mjs from assembly/.\nexport const ${target} = "${text}";\n`;
  writeFileSync(moduleOf(target), source);
  const [whole, inlined] = [bytes, packed].map(({ length }) => (length / 1000).toFixed(1));
  return `${targets[target].outFile}: ${whole} kB, ${inlined} kB compressed`;
}

/** In place of a binary that has not been made: so that bundles find its module, and who runs it hears why. */
function writeAbsent(target) {
  const message = `wasmgrad: the build "${target}" has not been made. Run npm run build:wasm.`;
  const source =
    "// Made by scripts/buildWasm.mjs: npm run build:wasm makes this build.\n" +
    `import { StateError } from "../../../errors";\n\n` +
    `export const ${target}: string = (() => {\n  throw new StateError(${JSON.stringify(message)});\n})();\n`;
  writeFileSync(moduleOf(target), source);
}

/**
 * Does the work of some targets in two threads. One thread compiles several targets, because the compiler itself is slow until
 * it has been running for some seconds: the second target takes half as long as the first.
 */
async function buildAll(work, options) {
  const waiting = [...work];
  const run = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: options });
      const next = () => worker.postMessage(waiting.shift());
      worker.on("message", ({ line, error }) => {
        if (error) reject(new Error(error));
        else {
          if (line) console.log(line);
          next();
        }
      });
      worker.on("error", reject).on("exit", resolve);
      next();
    });
  await Promise.all([run(), run()]);
}

/** In a worker: target after target, as they come, until none does. */
function workOnTargets({ withText, quickly }) {
  parentPort.on("message", async (work) => {
    if (!work) return parentPort.close();
    const { target, compiles, packs } = work;
    try {
      if (compiles) await compile(target, withText);
      parentPort.postMessage({ line: packs ? await pack(target, quickly) : undefined });
    } catch (error) {
      parentPort.postMessage({ error: error.message });
    }
  });
}

/** Writes what each build that was made says of itself, and which operations those have that are made for some programs only. */
async function writeFacts(made) {
  const identities = {};
  const contents = {};
  for (const target of made) {
    const { outFile, entries } = targets[target];
    const bytes = readFileSync(outFile);
    identities[target] = readIdentity(bytes);
    if (!entries.includes("assembly/builds/full.ts")) contents[target] = await operationsOf(bytes);
  }
  const lines = made.map((target) => `  ${target}: "${identities[target]}",\n`);
  const comment = "// Made by scripts/buildWasm.mjs: what the section wasmgrad of each build says.\n";
  writeFileSync(
    join(generated, "identities.ts"),
    `${comment}export const identities: Readonly<Record<string, string>> = {\n${lines.join("")}};\n`,
  );
  const { minimal, basic, basicForward } = contents;
  const more = basic.filter((name) => !minimal.includes(name));
  const declarations = [
    `export const minimal = "${minimal.join(" ")}";\n`,
    `export const basic = \`\${minimal} ${more.join(" ")}\`;\n`,
    `export const basicForward = "${basicForward.join(" ")}";\n`,
  ];
  const explanation = "// Made by scripts/buildWasm.mjs: the operations of the builds that have only some.\n";
  writeFileSync(join(generated, "contents.ts"), explanation + declarations.join(""));
}

/** What was made from which sources; nothing of what is not there any more. */
function readStamps() {
  const stamps = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : {};
  const compiled = { ...stamps.compiled };
  const packed = { ...stamps.packed };
  for (const [target, { outFile }] of Object.entries(targets)) {
    if (!existsSync(outFile)) delete compiled[target];
    if (!existsSync(moduleOf(target))) delete packed[target];
  }
  return { compiled, packed };
}

function writeStamps(stamps) {
  writeFileSync(stampFile, `${JSON.stringify(stamps, null, 2)}\n`);
}

async function main() {
  const options = { "for-tests": { type: "boolean", default: false }, text: { type: "boolean", default: false } };
  const { "for-tests": quickly, text: withText } = parseArgs({ options }).values;
  writeOperations();
  const hash = hashSources();
  const { compiled, packed } = readStamps();
  // What is published serves tests, too, but not the other way round.
  const accepted = quickly ? [`${hash} small`, `${hash} quick`] : [`${hash} small`];
  const names = Object.keys(targets).filter((target) => !quickly || !onlyPublished.includes(target));
  const work = names.map((target) => {
    const compiles = withText || compiled[target] !== hash;
    return { target, compiles, packs: compiles || !accepted.includes(packed[target]) };
  });
  const waiting = work.filter(({ compiles, packs }) => compiles || packs);
  const facts = ["identities", "contents"].map(moduleOf);
  if (waiting.length === 0 && facts.every(existsSync)) return;
  mkdirSync("build", { recursive: true });
  mkdirSync(generated, { recursive: true });
  // If it ends in the middle, nobody knows what the files hold.
  for (const { target } of waiting) {
    delete compiled[target];
    delete packed[target];
  }
  writeStamps({ compiled, packed });
  await buildAll(waiting, { withText, quickly });
  for (const { target } of waiting) compiled[target] = hash;
  for (const { target, packs } of waiting) if (packs) packed[target] = `${hash} ${quickly ? "quick" : "small"}`;
  const made = Object.keys(targets).filter((target) => compiled[target] === hash);
  for (const target of Object.keys(targets)) {
    if (made.includes(target)) continue;
    writeAbsent(target);
    delete packed[target];
  }
  await writeFacts(made);
  writeStamps({ compiled, packed });
}

if (isMainThread) {
  try {
    await main();
  } catch (error) {
    console.error(error.message);
    // Not only the exit code: the other thread would go on compiling.
    process.exit(1);
  }
} else workOnTargets(workerData);
