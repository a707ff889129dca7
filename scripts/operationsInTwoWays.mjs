// A file under src/ops holds all there is about an operation: its definition, its readable kernels, its examples. Bundlers
// split programs between files only, so this plugin of esbuild reads each file in two ways. What layers, losses and
// optimizers import is the definition alone; what src/ops/readable.ts imports has the kernels. Examples are for tests.
import { readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import ts from "typescript";

const folder = resolve("src/ops") + sep;
const entry = `${folder}readable.ts`;

/** The functions that make an operation, and the members of their argument that are kernels, or formulas of one. */
const makers = {
  defineOp: ["forward", "backward"],
  defineBinaryOp: ["value", "slopes"],
  pairwiseLoss: ["term", "slope"],
};

/** The text of a file under src/ops for the package. Calls at its top level are marked as having no effect. */
export function packagedOperation(path, text, hasKernels) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const edits = [];
  const cut = (node, replacement = "") => {
    const [comma = ""] = /^\s*,/.exec(text.slice(node.end)) ?? [];
    edits.push([node.getStart(source), node.end + (replacement ? 0 : comma.length), replacement]);
  };
  const cutKernels = (definition, members) => {
    for (const member of definition.properties) {
      const name = member.name?.getText(source);
      // Whether there is a way back is part of the definition.
      if (members.includes(name)) cut(member, name === "backward" ? "backward: true" : "");
    }
  };
  const visit = (node, isOutside) => {
    if (ts.isVariableStatement(node) && node.declarationList.declarations[0].name.getText(source) === "examples") {
      cut(node);
      return;
    }
    if (ts.isCallExpression(node)) {
      if (isOutside) edits.push([node.getStart(source), node.getStart(source), "/* @__PURE__ */ "]);
      const members = makers[node.expression.getText(source)];
      const [definition] = node.arguments;
      if (!hasKernels && members && ts.isObjectLiteralExpression(definition)) {
        cutKernels(definition, members);
        return;
      }
    }
    ts.forEachChild(node, (child) => visit(child, isOutside && !ts.isFunctionLike(node)));
  };
  visit(source, true);
  edits.sort(([a], [b]) => b - a);
  return edits.reduce(
    (result, [start, end, replacement]) => result.slice(0, start) + replacement + result.slice(end),
    text,
  );
}

export const operationsInTwoWays = {
  name: "operations in two ways",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ importer, path, pluginData, resolveDir }) => {
      const file = `${resolve(resolveDir, path)}.ts`;
      if (!file.startsWith(folder) || file === entry) return undefined;
      const hasKernels = importer === entry || pluginData === "with kernels";
      return hasKernels
        ? { path: file, suffix: "?kernels", pluginData: "with kernels", sideEffects: false }
        : { path: file, sideEffects: false };
    });
    build.onLoad({ filter: /\.ts$/ }, ({ path, pluginData }) => {
      if (!path.startsWith(folder) || path === entry) return undefined;
      const contents = packagedOperation(path, readFileSync(path, "utf8"), pluginData === "with kernels");
      return { contents, loader: "ts", pluginData };
    });
  },
};
