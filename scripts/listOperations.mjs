// Writes down which operations there are, from the files that they stand in: the registry src/ops/index.ts, and the exports of
// the full build in assembly/. So adding an operation takes its two files and nothing else. `npm run build:wasm` does this
// first; a test holds that both lists are up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** Where operations stand below src/ops and assembly. */
const FOLDERS = ["ops", "losses", "optimizers", "metrics"];
const MARK = "// Operations, written by scripts/listOperations.mjs:\n";

const compare = (a, b) => (a < b ? -1 : 1);

/** Names of the files of a folder, without their ending, in the order of the alphabet. */
function filesOf(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return names.map((name) => name.slice(0, -".ts".length)).sort(compare);
}

/** The text of a list, with the lines below its mark written anew. */
function withLines(file, lines) {
  const [head, rest] = readFileSync(file, "utf8").split(MARK);
  if (rest === undefined) throw new Error(`${file} lacks the line "${MARK.trim()}".`);
  return `${head}${MARK}${lines.map((line) => `${line}\n`).join("")}`;
}

/** src/ops/index.ts: a file is an operation if it exports a constant of its own name, and examples of it. */
function registry(root) {
  const file = join(root, "src/ops/index.ts");
  const lines = FOLDERS.flatMap((folder) => {
    const path = folder === "ops" ? "." : `./${folder}`;
    return filesOf(join(root, "src/ops", path)).flatMap((name) => {
      const text = readFileSync(join(root, "src/ops", path, `${name}.ts`), "utf8");
      const isOperation = text.includes(`export const ${name} =`) && text.includes("export const examples");
      return isOperation ? [`export { ${name} } from "${path}/${name}";`] : [];
    });
  });
  return { file, text: withLines(file, lines) };
}

/** The entry of the full build: every function that is called …Forward or …Backward. */
function kernels(root) {
  const { targets } = JSON.parse(readFileSync(join(root, "asconfig.json"), "utf8"));
  const [entry] = targets.strict.entries;
  const lines = FOLDERS.flatMap((folder) =>
    filesOf(join(root, "assembly", folder)).flatMap((name) => {
      const text = readFileSync(join(root, "assembly", folder, `${name}.ts`), "utf8");
      const names = Array.from(text.matchAll(/^export function (\w+(?:Forward|Backward))\(/gm), ([, found]) => found);
      const path = posix.relative(dirname(entry), `assembly/${folder}/${name}`);
      const from = path.startsWith(".") ? path : `./${path}`;
      return names.length ? [`export { ${names.sort(compare).join(", ")} } from "${from}";`] : [];
    }),
  );
  const file = join(root, entry);
  return { file, text: withLines(file, lines) };
}

/** Both lists of the tree at `root` as they should be: paths and texts. */
export function listOperations(root = ".") {
  return [registry(root), kernels(root)];
}

/** Writes the lists that are not up to date. */
export function writeOperations(root = ".") {
  for (const { file, text } of listOperations(root)) {
    if (readFileSync(file, "utf8") !== text) writeFileSync(file, text);
  }
}
