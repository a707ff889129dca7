// Compiles assembly/ once for each target of asconfig.json, two at a time, and inlines each binary as a module under
// src/engine/module/generated, so that tests, bundles and scripts all read the same bytes without a file or a URL. Does nothing
// when what is there was made from these very sources.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import zopfli from "@gfx/zopfli";
import { writeOperations } from "./listOperations.mjs";

const generated = "src/engine/module/generated";
const stamp = "build/wasm.sha256";
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

/**
 * Writes into a binary which build of which sources it is, as a custom section named wasmgrad, so that a file from elsewhere
 * can be told from the one that belongs to these sources. Returns that text.
 */
function sign(target, file) {
  const bytes = readFileSync(file);
  const identity = `${target} ${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
  const content = [8, ...Buffer.from("wasmgrad"), ...Buffer.from(identity)];
  writeFileSync(file, Buffer.concat([bytes, Buffer.from([0, ...leb128(content.length), ...content])]));
  return identity;
}

const identities = {};
/** What a build has that is made for some programs only. */
const contents = {};

/** The operations of a binary, by name. */
async function operationsOf(bytes) {
  const names = WebAssembly.Module.exports(await WebAssembly.compile(bytes)).map(({ name }) => name);
  return names.filter((name) => name.endsWith("Forward")).map((name) => name.slice(0, -"Forward".length));
}

async function build([target, { outFile, entries }]) {
  const options = [...entries, "--config", "asconfig.json", "--target", target];
  await promisify(execFile)(process.execPath, ["node_modules/assemblyscript/bin/asc.js", ...options]);
  identities[target] = sign(target, outFile);
  const bytes = readFileSync(outFile);
  if (!entries.includes("assembly/index.ts")) contents[target] = await operationsOf(bytes);
  // Compressed before it becomes text: compressing the text afterwards, as servers do, leaves half as much again. Zopfli
  // finds what takes one part in twenty less than zlib's best, in the same format.
  const packed = await zopfli.zlibAsync(bytes, { numiterations: 15 });
  const text = Buffer.from(packed).toString("base64");
  const source = `// Made by scripts/buildWasm.mjs from assembly/.\nexport const ${target} = "${text}";\n`;
  writeFileSync(join(generated, `${target}.ts`), source);
  const [whole, inlined] = [bytes, packed].map(({ length }) => (length / 1000).toFixed(1));
  console.log(`${outFile}: ${whole} kB, ${inlined} kB compressed`);
}

writeOperations();
const hash = hashSources();
const outputs = [...Object.keys(targets), "identities", "contents"].map((target) => join(generated, `${target}.ts`));
const isCurrent = existsSync(stamp) && readFileSync(stamp, "utf8") === hash && outputs.every(existsSync);
if (!isCurrent) {
  mkdirSync("build", { recursive: true });
  mkdirSync(generated, { recursive: true });
  const waiting = Object.entries(targets);
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await build(next);
  };
  try {
    await Promise.all([work(), work()]);
  } catch (error) {
    console.error(error.stderr ?? error);
    process.exit(1);
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
  writeFileSync(stamp, hash);
}
