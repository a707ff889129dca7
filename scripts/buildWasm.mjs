// Compiles assembly/ once for each target of asconfig.json and inlines each binary as a module under
// src/engine/module/generated, so that tests, bundles and scripts all read the same bytes without a file or a URL. Does nothing
// when what is there was made from these very sources.
//
//   npm run build:wasm                  binaries compressed as small as they get: what is published
//   npm run build:wasm -- --for-tests   the same binaries, compressed quickly
//   npm run build:wasm -- --text        writes each binary as text, too: build/strict.wat, …
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { deflateSync } from "node:zlib";
import { writeOperations } from "./listOperations.mjs";

const generated = "src/engine/module/generated";
/** The hash of the sources that build/*.wasm were compiled from. */
const compiledStamp = "build/wasm.sha256";
/** The same of the modules under `generated`, and how they were compressed. */
const packedStamp = "build/wasm.packed";
const { targets } = JSON.parse(readFileSync("asconfig.json", "utf8"));

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
  writeFileSync(join(generated, `${target}.ts`), source);
  const [whole, inlined] = [bytes, packed].map(({ length }) => (length / 1000).toFixed(1));
  return `${targets[target].outFile}: ${whole} kB, ${inlined} kB compressed`;
}

/**
 * Does the work of all targets in two threads. One thread compiles several targets, because the compiler itself is slow until
 * it has been running for some seconds: the second target takes half as long as the first.
 */
async function buildAll(steps) {
  const waiting = Object.keys(targets);
  const work = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: steps });
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
  await Promise.all([work(), work()]);
}

/** In a worker: target after target, as they come, until none does. */
function workOnTargets({ compiles, packs, withText, quickly }) {
  parentPort.on("message", async (target) => {
    if (!target) return parentPort.close();
    try {
      if (compiles) await compile(target, withText);
      parentPort.postMessage({ line: packs ? await pack(target, quickly) : undefined });
    } catch (error) {
      parentPort.postMessage({ error: error.message });
    }
  });
}

/** Writes what each build says of itself, and which operations those have that are made for some programs only. */
async function writeFacts() {
  const identities = {};
  const contents = {};
  for (const [target, { outFile, entries }] of Object.entries(targets)) {
    const bytes = readFileSync(outFile);
    identities[target] = readIdentity(bytes);
    if (!entries.includes("assembly/builds/full.ts")) contents[target] = await operationsOf(bytes);
  }
  const lines = Object.keys(targets).map((target) => `  ${target}: "${identities[target]}",\n`);
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

async function main() {
  const options = { "for-tests": { type: "boolean", default: false }, text: { type: "boolean", default: false } };
  const { "for-tests": quickly, text: withText } = parseArgs({ options }).values;
  writeOperations();
  const hash = hashSources();
  const says = (stamp, ...texts) => existsSync(stamp) && texts.includes(readFileSync(stamp, "utf8"));
  const binaries = Object.values(targets).map(({ outFile }) => outFile);
  const modules = [...Object.keys(targets), "identities", "contents"].map((name) => join(generated, `${name}.ts`));
  const compiles = withText || !says(compiledStamp, hash) || !binaries.every(existsSync);
  // What is published serves tests, too, but not the other way round.
  const accepted = quickly ? [`${hash} small`, `${hash} quick`] : [`${hash} small`];
  const packs = compiles || !says(packedStamp, ...accepted) || !modules.every(existsSync);
  if (!compiles && !packs) return;
  mkdirSync("build", { recursive: true });
  mkdirSync(generated, { recursive: true });
  await buildAll({ compiles, packs, withText, quickly });
  await writeFacts();
  writeFileSync(compiledStamp, hash);
  writeFileSync(packedStamp, `${hash} ${quickly ? "quick" : "small"}`);
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
