// Mends what rolling up declarations loses, so that editors explain `layers.dense` where it is completed.
//
// A namespace becomes a list of constants, `declare const index_dense: typeof dense`, which have no comment and make values
// of classes that are exported as types only; so does the list of exports at the end. Here functions get the names of their constants, classes lose theirs, and
// what is only `typeof f` or another name of a type gets the comment of what it stands for.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import ts from "typescript";

/** The comment that documents a node, or "". */
function commentOf(node) {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc);
  return comment ? comment.getText() : "";
}

/** The declarations of a file by name; a function may have several. */
function declarationsOf(file) {
  const byName = new Map();
  for (const statement of file.statements) {
    if (!statement.name) continue;
    const { text } = statement.name;
    byName.set(text, [...(byName.get(text) ?? []), statement]);
  }
  return byName;
}

const parse = (name, text) => ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);

/**
 * Names that a declaration file imports from others which declare them as types, with their comments, and the names of classes,
 * which namespaces export as types only. They look like values there.
 */
function importedTypes(file) {
  const comments = new Map();
  const classes = new Set();
  for (const { importClause, moduleSpecifier } of file.statements.filter(ts.isImportDeclaration)) {
    const path = `dist/${moduleSpecifier.text.replace(/\.(c?)js$/, ".d.$1ts")}`;
    if (!moduleSpecifier.text.startsWith("./") || !existsSync(path)) continue;
    const source = parse(path, readFileSync(path, "utf8"));
    const exported = source.statements.findLast(ts.isExportDeclaration).exportClause.elements;
    const declared = declarationsOf(source);
    for (const { name, propertyName = name } of importClause.namedBindings.elements) {
      const specifier = exported.find((element) => element.name.text === propertyName.text);
      const [declaration] = declared.get((specifier?.propertyName ?? specifier?.name)?.text) ?? [];
      const isType = declaration && (ts.isTypeAliasDeclaration(declaration) || ts.isInterfaceDeclaration(declaration));
      if (isType) comments.set(name.text, commentOf(declaration));
      if (declaration && ts.isClassDeclaration(declaration)) classes.add(name.text);
    }
  }
  return { comments, classes };
}

/** The name that a type stands for: `y` of `typeof y`. */
const queried = (type) => (type && ts.isTypeQueryNode(type) ? type.exprName.getText() : undefined);

/** The names that a bundle exports: in its last list, and all of the files that it passes on. */
function exportedNames(bundle) {
  const list = bundle.statements.findLast((node) => ts.isExportDeclaration(node) && !node.moduleSpecifier);
  const passedOn = bundle.statements.filter((node) => ts.isExportDeclaration(node) && !node.exportClause);
  const names = passedOn.flatMap(({ moduleSpecifier: { text } }) => [
    ...exportedNames(parse(text, readFileSync(`dist/${text}`, "utf8"))),
  ]);
  return new Set([...list.exportClause.elements.map(({ name }) => name.text), ...names]);
}

/**
 * The edits of one file: text in place of what stands between two positions. `atRunTime` names what its bundle exports; what
 * several entries share has no bundle of the same name.
 */
function editsOf(file, atRunTime) {
  const declared = declarationsOf(file);
  const edits = [];
  const typesOnly = new Set();
  const { comments, classes } = importedTypes(file);
  /** Classes by the constants that stand for them in namespaces. */
  const standsFor = new Map();
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      const [{ name, type }] = statement.declarationList.declarations;
      const stoodFor = queried(type);
      if (classes.has(stoodFor)) {
        edits.push({ start: statement.getFullStart(), end: statement.end, text: "" });
        standsFor.set(name.text, stoodFor);
        continue;
      }
      if (comments.has(stoodFor)) {
        const text = `${comments.get(stoodFor)}\ntype ${name.text} = ${stoodFor};`;
        edits.push({ start: statement.getStart(), end: statement.end, text });
        typesOnly.add(name.text);
        continue;
      }
      const targets = declared.get(stoodFor) ?? [];
      if (targets.length === 0) continue;
      edits.push({ start: statement.getFullStart(), end: statement.end, text: "" });
      if (targets.some(ts.isClassDeclaration)) typesOnly.add(name.text);
      else
        for (const target of targets)
          edits.push({ start: target.name.getStart(), end: target.name.end, text: name.text });
    } else if (
      ts.isTypeAliasDeclaration(statement) &&
      ts.isTypeReferenceNode(statement.type) &&
      !commentOf(statement)
    ) {
      const [target] = declared.get(statement.type.typeName.getText()) ?? [];
      if (target)
        edits.push({ start: statement.getStart(), end: statement.getStart(), text: `${commentOf(target)}\n` });
    }
  }
  const isAbsent = (node) =>
    atRunTime &&
    ts.isExportDeclaration(node.parent.parent) &&
    ts.isSourceFile(node.parent.parent.parent) &&
    !node.isTypeOnly
      ? !atRunTime.has(node.name.text)
      : typesOnly.has(node.propertyName?.text);
  const visit = (node) => {
    if (ts.isExportSpecifier(node) && standsFor.has(node.propertyName?.text)) {
      const text = `type ${standsFor.get(node.propertyName.text)} as ${node.name.text}`;
      edits.push({ start: node.getStart(), end: node.end, text });
    } else if (ts.isExportSpecifier(node) && isAbsent(node)) {
      edits.push({ start: node.getStart(), end: node.getStart(), text: "type " });
    } else if (ts.isPropertySignature(node) && !commentOf(node)) {
      const [target] = declared.get(queried(node.type)) ?? [];
      if (target) edits.push({ start: node.getStart(), end: node.getStart(), text: `${commentOf(target)}\n    ` });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return edits;
}

/** The text of a declaration file, mended. @param bundle the text of the ES module that it declares, if there is one */
function tidied(text, bundle) {
  const file = parse("index.d.ts", text);
  const atRunTime = bundle && exportedNames(parse("index.js", bundle));
  let result = text;
  for (const edit of editsOf(file, atRunTime).sort((a, b) => b.start - a.start)) {
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
  }
  return result;
}

for (const name of readdirSync("dist").filter((name) => /\.d\.c?ts$/.test(name))) {
  const bundle = `dist/${name.replace(/\.d\.c?ts$/, ".js")}`;
  const text = existsSync(bundle) ? readFileSync(bundle, "utf8") : undefined;
  writeFileSync(`dist/${name}`, tidied(readFileSync(`dist/${name}`, "utf8"), text));
}
