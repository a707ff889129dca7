import { readdirSync, readFileSync } from "node:fs";

/** Reads the @unmanaged classes of assembly/: the other place that says how rows are laid out. */

const folder = new URL("../../assembly/", import.meta.url);

/** Every file under assembly/, by its path from there without extension. */
const sources = new Map(
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [file.replaceAll("\\", "/").slice(0, -3), readFileSync(new URL(file, folder), "utf8")]),
);

interface Definition {
  readonly file: string;
  readonly body: string;
}

/** The body of a top-level function or class: it ends at the first brace in column 0. */
function findIn(file: string, keyword: "function" | "class", name: string): Definition | undefined {
  const match = new RegExp(`^(?:export )?${keyword} ${name}\\b[\\s\\S]*?^}`, "m").exec(sources.get(file) ?? "");
  return match ? { file, body: match[0] } : undefined;
}

/** A name as a file sees it: its own, or imported. */
function resolve(file: string, keyword: "function" | "class", name: string): Definition | undefined {
  const own = findIn(file, keyword, name);
  if (own) return own;
  for (const [, names, path] of (sources.get(file) ?? "").matchAll(/import \{([^}]*)\} from "(.*)"/g)) {
    if (!names.split(",").some((imported) => imported.trim() === name)) continue;
    const target = new URL(path, `file:///${file}`).pathname.slice(1);
    const imported = findIn(target, keyword, name);
    if (imported) return imported;
  }
  return undefined;
}

/** The class that a kernel reads its row through, in its own body or in a function it passes the row to. */
function rowClassOf({ file, body }: Definition): Definition | undefined {
  const cast = /changetype<(\w+)>\(row\)/.exec(body);
  if (cast) return resolve(file, "class", cast[1]);
  const inner = body.slice(body.indexOf("{"));
  for (const [, name] of inner.matchAll(/(\w+)(?:<[\w, ]*>)?\(row\b/g)) {
    const callee = resolve(file, "function", name);
    const found = callee && rowClassOf(callee);
    if (found) return found;
  }
  return undefined;
}

export interface PlacedMember {
  readonly name: string;
  readonly type: string;
  readonly offset: number;
}

/** The fields of a class where AssemblyScript puts them: each on a multiple of its size. */
function placeMembers({ body }: Definition): PlacedMember[] {
  let offset = 0;
  return [...body.matchAll(/^ {2}(\w+): (\w+);/gm)].map(([, name, type]) => {
    const bytes = type === "f64" || type === "u64" || type === "i64" ? 8 : 4;
    offset = Math.ceil(offset / bytes) * bytes;
    const member = { name, type, offset };
    offset += bytes;
    return member;
  });
}

/** The members of a class in a file of assembly/. */
export function membersOfClass(file: string, name: string): PlacedMember[] {
  const definition = findIn(file, "class", name);
  if (!definition) throw new Error(`assembly/${file}.ts has no class ${name}`);
  return placeMembers(definition);
}

/** The members of the row that the exported kernel reads. */
export function membersOfRow(kernel: string): PlacedMember[] {
  for (const file of sources.keys()) {
    const definition = findIn(file, "function", kernel);
    const rowClass = definition && rowClassOf(definition);
    if (rowClass) return placeMembers(rowClass);
  }
  throw new Error(`no row class found for ${kernel} in assembly/`);
}
