// What an editor shows of the package: every name explains itself, and what only the library calls is not there.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { entries } from "../../scripts/entries.mjs";

const program = ts.createProgram({
  rootNames: entries().map(({ types }) => resolve(types)),
  options: {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    types: ["node"],
    paths: { wasmgrad: [resolve("dist/index.d.ts")] },
  },
});
const checker = program.getTypeChecker();

const isOurs = (node: ts.Node) => /\/dist\/[^/]+\.d\.ts$/.test(node.getSourceFile().fileName);
const resolved = (symbol: ts.Symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
const isDocumented = (symbol: ts.Symbol) => symbol.getDocumentationComment(checker).length > 0;

/** Visits everything that can be reached from an export by going from members to the types that they mention. */
class Walk {
  readonly visited = new Set<ts.Symbol>();
  /** Where a name without documentation stands. */
  readonly undocumented: string[] = [];

  symbol(exported: ts.Symbol, path: string): void {
    const symbol = resolved(exported);
    if (this.visited.has(symbol) || !symbol.declarations?.some(isOurs)) return;
    this.visited.add(symbol);
    // A namespace has no place for a comment in declarations that are rolled up; its members have.
    const isNamespace = (symbol.flags & ts.SymbolFlags.Module) !== 0;
    const hasComment = isDocumented(symbol) || isDocumented(exported) || path.endsWith("]()");
    if (!isNamespace && !hasComment) this.undocumented.push(path);
    if (isNamespace)
      for (const member of checker.getExportsOfModule(symbol)) this.symbol(member, `${path}.${member.name}`);
    for (const declaration of symbol.declarations ?? []) this.declaration(declaration, path);
  }

  /** The members written down here, and the types that are mentioned. */
  declaration(node: ts.Node, path: string): void {
    ts.forEachChild(node, (child) => {
      const isMember = ts.isPropertySignature(child) || ts.isMethodSignature(child) || ts.isClassElement(child);
      if (isMember && child.name && !ts.isPrivateIdentifier(child.name)) this.member(child, child.name, path);
      else if (ts.isTypeReferenceNode(child) || ts.isTypeQueryNode(child) || ts.isExpressionWithTypeArguments(child)) {
        this.reference(child);
        this.declaration(child, path);
      } else this.declaration(child, path);
    });
  }

  member(node: ts.Node, name: ts.PropertyName, path: string): void {
    const symbol = checker.getSymbolAtLocation(name);
    if (symbol) this.symbol(symbol, `${path}.${symbol.name}`);
    else this.declaration(node, path);
  }

  reference(node: ts.TypeReferenceNode | ts.TypeQueryNode | ts.ExpressionWithTypeArguments): void {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isTypeQueryNode(node)
        ? node.exprName
        : node.expression;
    const symbol = checker.getSymbolAtLocation(name);
    const isParameter = symbol && (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
    if (symbol && !isParameter) this.symbol(symbol, symbol.name);
  }
}

describe.each(entries())("$name", ({ types }) => {
  test("has a comment on everything that can be named, passed or called", () => {
    if (!existsSync(types)) throw new Error(`There is no ${types}. Run: npm run build`);
    const module = checker.getSymbolAtLocation(program.getSourceFile(resolve(types))!)!;
    const walk = new Walk();
    for (const exported of checker.getExportsOfModule(module)) walk.symbol(exported, exported.name);
    expect(walk.visited.size).toBeGreaterThan(5);
    expect(walk.undocumented).toEqual([]);
  });

  test("declares as a value what there is at run time, and nothing else", async () => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(resolve(types))!)!;
    expectValues(await import(resolve(types.replace(".d.ts", ".js"))), declaredValues(module));
  });

  test("hides what is marked as internal", () => {
    expect(readFileSync(types, "utf8")).not.toMatch(/@internal|\bInternal:/);
  });
});

/** The names that a module or namespace has at run time, by its declaration. */
function declaredValues(module: ts.Symbol): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = resolved(exported);
    const isType = exported.declarations?.some(
      (node) => ts.isExportSpecifier(node) && ts.isTypeOnlyExportDeclaration(node),
    );
    if (isType || !(symbol.flags & ts.SymbolFlags.Value)) continue;
    values[exported.name] = symbol.flags & ts.SymbolFlags.Module ? declaredValues(symbol) : true;
  }
  return values;
}

/** Whether what is there at run time has the names that are declared, in namespaces, too. */
function expectValues(actual: object, declared: Record<string, unknown>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(declared).sort());
  for (const [name, inner] of Object.entries(declared)) {
    if (inner !== true) expectValues(Reflect.get(actual, name), inner as Record<string, unknown>);
  }
}

/** The members of a class that a source marks as internal. */
function internalMembers(source: string): string[] {
  const file = ts.createSourceFile(source, readFileSync(source, "utf8"), ts.ScriptTarget.ES2022, true);
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const isInternal = ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal");
    if (isInternal && ts.isClassElement(node) && node.name) names.push(node.name.getText(file));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

test.each(["src/model/model.ts", "src/graph/layer.ts", "src/data/dataset.ts"])(
  "what %s keeps to itself cannot be called",
  (source) => {
    const internal = internalMembers(source);
    expect(internal.length).toBeGreaterThan(0);
    // What several entries share stands in a file of its own.
    const files = readdirSync("dist").filter((name) => name.endsWith(".d.ts"));
    const declared = files.map((name) => readFileSync(`dist/${name}`, "utf8")).join("\n");
    const className = /class (\w+)/.exec(readFileSync(source, "utf8"))![1];
    const [body] = new RegExp(`declare (?:abstract )?class ${className}\\b[^]*?\\n}`).exec(declared)!;
    for (const name of internal) expect(body).not.toMatch(new RegExp(`\\b${name}\\b\\??[:(]`));
  },
);
