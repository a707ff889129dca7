// The structure of src/, read from its imports: dependencies point one way.
import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isOfTypes: boolean;
}

const files = sourcesOf("src");
const known = new Set(files);

function sourcesOf(folder: string): string[] {
  const names = ts.sys.readDirectory(folder, [".ts"]);
  return names.map((name) => relative(".", name).split(sep).join("/")).filter((name) => !name.includes("/generated/"));
}

/** The file of the project that a specifier names, if it names one. */
function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const path = join(dirname(from), specifier).split(sep).join("/");
  return [`${path}.ts`, `${path}/index.ts`].find((candidate) => known.has(candidate));
}

/** Everything a file imports from other files of src/: statically, by `import()`, and as types. */
function importsOf(from: string): Import[] {
  const source = ts.createSourceFile(from, readFileSync(from, "utf8"), ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, isOfTypes: boolean) => {
    const to = specifier && ts.isStringLiteralLike(specifier) ? resolve(from, specifier.text) : undefined;
    if (to) found.push({ from, to, isOfTypes });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const { importClause } = node;
      const bindings = importClause?.namedBindings;
      const areAllTypes =
        bindings && ts.isNamedImports(bindings) && !importClause.name && bindings.elements.every((e) => e.isTypeOnly);
      add(node.moduleSpecifier, importClause?.isTypeOnly === true || areAllTypes === true);
    } else if (ts.isExportDeclaration(node)) {
      const clause = node.exportClause;
      const areAllTypes = clause && ts.isNamedExports(clause) && clause.elements.every((e) => e.isTypeOnly);
      add(node.moduleSpecifier, node.isTypeOnly || areAllTypes === true);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const imports = files.flatMap(importsOf);
const contains = (outer: string, inner: string) => inner === outer || inner.startsWith(`${outer}/`);

describe("src/", () => {
  test("is read: hundreds of imports are found, of values and of types", () => {
    expect(imports.filter(({ isOfTypes }) => !isOfTypes).length).toBeGreaterThan(500);
    expect(imports.filter(({ isOfTypes }) => isOfTypes).length).toBeGreaterThan(100);
  });

  test("has no two folders that import from each other, be it types; a folder and one within it are one room", () => {
    const pairs = new Map<string, Import>();
    for (const each of imports) {
      const [a, b] = [dirname(each.from), dirname(each.to)];
      if (!contains(a, b) && !contains(b, a)) pairs.set(`${a} → ${b}`, each);
    }
    const both = [...pairs.keys()].filter((pair) => pairs.has(pair.split(" → ").reverse().join(" → ")));
    expect(both.map((pair) => `${pair}: ${pairs.get(pair)!.from} imports ${pairs.get(pair)!.to}`)).toEqual([]);
  });

  test("has no circle of files that import values", () => {
    const next = new Map<string, string[]>();
    for (const { from, to, isOfTypes } of imports) if (!isOfTypes) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const way: string[] = [];
    const circles: string[] = [];
    const walk = (file: string): void => {
      const start = way.indexOf(file);
      if (start >= 0) circles.push([...way.slice(start), file].join(" → "));
      if (start >= 0 || done.has(file)) return;
      way.push(file);
      for (const to of next.get(file) ?? []) walk(to);
      way.pop();
      done.add(file);
    };
    for (const file of files) walk(file);
    expect(circles).toEqual([]);
  });

  test.each([
    ["ops", ["graph", "layers", "compiler", "engine", "runtime", "training", "model", "data"]],
    ["layers", ["compiler", "program", "engine", "runtime", "training", "model", "data"]],
    ["graph", ["layers", "compiler", "engine", "runtime", "training", "model"]],
    ["compiler", ["engine", "runtime", "training", "model"]],
    ["engine", ["compiler", "runtime", "training", "model", "layers"]],
    ["runtime", ["training", "model"]],
    ["training", ["model"]],
  ])("%s knows nothing of what stands above it", (room, above) => {
    const upwards = imports.filter(
      ({ from, to }) =>
        contains(`src/${room}`, dirname(from)) && above.some((name) => contains(`src/${name}`, dirname(to))),
    );
    expect(upwards.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });
});
