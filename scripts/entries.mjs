// The entries of the package, as package.json exports them, and the sources they are made of.
import { existsSync, readFileSync } from "node:fs";

/** The first path in an export's conditions that ends with these letters. */
function pathIn(target, ending) {
  if (typeof target === "string") return target.endsWith(ending) ? target : undefined;
  for (const nested of Object.values(target)) {
    const found = pathIn(nested, ending);
    if (found) return found;
  }
}

/**
 * Every entry that has types: its name in imports, its name in files, and its source. `./node` is made of `src/node.ts` or
 * `src/node/index.ts`.
 */
export function entries(manifest = JSON.parse(readFileSync("package.json", "utf8"))) {
  return Object.entries(manifest.exports).flatMap(([path, target]) => {
    const types = pathIn(target, ".d.ts");
    if (!types) return [];
    const file = types.replace(/^\.\/dist\/|\.d\.ts$/g, "");
    const source = [`src/${file}.ts`, `src/${file}/index.ts`].find((candidate) => existsSync(candidate));
    if (!source) throw new Error(`package.json exports ${path}, of which there is no source src/${file}.ts.`);
    return { name: path.replace(/^\./, manifest.name), file, types, source };
  });
}
