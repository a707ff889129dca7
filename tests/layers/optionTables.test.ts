// Tables of options (src/optionTable.ts): what users see of them in editors and declarations, and that comments say the
// defaults that are there.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/index";
import { flag, type OptionsOf, readOptions, type SettingsOf, size, text } from "../../src/optionTable";

/** Every source that may hold a table. */
const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join("src", name));

interface Entry {
  readonly where: string;
  readonly comment: string;
  /** The text of the default, if the entry has one. */
  readonly byDefault?: string;
}

/** The members of all objects called …Options that are constant: of tables. */
function entriesOf(file: string): Entry[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const entries: Entry[] = [];
  const visit = (node: ts.Node, table: string) => {
    const name = ts.isVariableDeclaration(node) ? node.name.getText() : table;
    if (name.endsWith("Options") && ts.isAsExpression(node) && node.type.getText() === "const") {
      const literal = (
        ts.isParenthesizedExpression(node.expression) ? node.expression.expression : node.expression
      ) as ts.ObjectLiteralExpression;
      for (const member of literal.properties) {
        // Entries of another table, which has comments of its own.
        if (ts.isSpreadAssignment(member)) continue;
        const value = ts.isPropertyAssignment(member) ? member.initializer : undefined;
        entries.push({
          where: `${file} ${name}.${member.name?.getText()}`,
          comment: ts
            .getJSDocCommentsAndTags(member)
            .map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? "")
            .join(" "),
          byDefault: value && ts.isArrayLiteralExpression(value) ? value.elements[1].getText() : undefined,
        });
      }
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  visit(source, "");
  return entries;
}

const entries = files.flatMap(entriesOf);
/** The default that a comment names: "Default 0.99.", "Default `"zeros"`.", or "`"valid"` (default)". */
function documentedDefault(comment: string): string | undefined {
  return /Default `([^`]+)`|`([^`]+)` \(default\)|Default "(\w+)"|Default ([^\s,.]+(?:\.\d+)?)/
    .exec(comment)
    ?.slice(1)
    .find((text) => text !== undefined);
}

/** A default as its value, so that 1e-3 is 0.001 and "fanIn" is fanIn. */
function meaningOf(text: string): unknown {
  const plain = text.replace("−", "-");
  return /^["[]|^(true|false)$/.test(plain) ? JSON.parse(plain) : Number.isNaN(Number(plain)) ? plain : Number(plain);
}

describe("entries", () => {
  it("are found in every family of layers", () => {
    expect(entries.length).toBeGreaterThan(70);
    for (const name of ["Options.units", "Options.kernelSize", "Options.momentum", "Options.targetShape"]) {
      expect(entries.some(({ where }) => where.endsWith(name))).toBe(true);
    }
  });

  it("have comments", () => {
    expect(entries.filter(({ comment }) => comment === "").map(({ where }) => where)).toEqual([]);
  });

  it("have the defaults that their comments say, and no others", () => {
    const wrong = entries.flatMap(({ where, comment, byDefault }) => {
      if (byDefault === undefined) return [];
      const documented = documentedDefault(comment);
      const isRight =
        byDefault === "undefined"
          ? documented === undefined
          : documented !== undefined && isDeepStrictEqual(meaningOf(documented), meaningOf(byDefault));
      return isRight ? [] : [`${where} is ${byDefault} by default, its comment says ${documented}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe("reading", () => {
  const table = { units: size, name: [text, undefined], useBias: [flag, true] } as const;
  type Options = OptionsOf<typeof table>;

  it("checks, and fills defaults in", () => {
    expect(readOptions("who", { units: 3 }, table)).toEqual({ units: 3, name: undefined, useBias: true });
    expect(readOptions("who", { units: 3, name: "a", useBias: false }, table)).toEqual({
      units: 3,
      name: "a",
      useBias: false,
    });
    // JSON has null where JavaScript left something out.
    expect(readOptions("who", { units: 3, useBias: null }, table).useBias).toBe(true);
  });

  it.each<[unknown, string]>([
    [{}, "who: units must be an integer ≥ 1, got undefined."],
    [undefined, "who: units must be an integer ≥ 1, got undefined."],
    [{ units: 3, useBias: 1 }, "who: useBias must be true or false, got 1."],
    [{ units: 3, name: null }, "who: name must be a text, got null."],
    [{ units: 3, usebias: true }, 'who: unknown option "usebias". Did you mean "useBias"?'],
    [{ units: 3, constructor: 1 }, 'who: unknown option "constructor". Known: units, name, useBias.'],
    [5, "who: expects an object of options, got 5."],
  ])("refuses %j", (options, message) => {
    expect(() => readOptions("who", options, table)).toThrow(new ArgumentError(message));
  });

  it("has the types of its table", () => {
    const settings: SettingsOf<typeof table> = readOptions("who", { units: 3 }, table);
    const given: { units: number; name?: string | undefined; useBias?: boolean | undefined } = { units: 1 };
    const options: Options = given;
    const back: typeof given = options;
    const units: number = settings.units;
    const useBias: boolean = settings.useBias;
    // @ts-expect-error there may be none
    const name: string = settings.name;
    // @ts-expect-error needed
    const lacking: Options = {};
    // @ts-expect-error a default of another kind
    const refused: OptionsOf<{ useBias: readonly [typeof flag, "yes"] }> = { useBias: true };
    expect([back, units, useBias, name, lacking, refused].length).toBe(6);
  });
});

describe("what editors and declarations show", () => {
  const user = resolve("tests/layers/user.ts");
  const program = `
    import { dense } from "../../src/layers/core/dense";
    import { conv1d } from "../../src/layers/convolution/conv";
    import { elu } from "../../src/layers/core/activation";
    dense({ units: 1, useBias: undefined, kernelInitializer: "ones", trainable: false });
    conv1d({ filters: 1, kernelSize: 3, padding: "causal", groups: 1 });
    elu({ alpha: 1 });
    dense({ units: 1, /* here */ });
  `;
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile("tsconfig.json", ts.sys.readFile).config,
    ts.sys,
    ".",
  );
  const host: ts.LanguageServiceHost = {
    getCompilationSettings: () => ({
      ...options,
      noEmit: false,
      declaration: true,
      exactOptionalPropertyTypes: true,
    }),
    getScriptFileNames: () => [user],
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const content = file === user ? program : ts.sys.readFile(file);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => resolve("."),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === user || ts.sys.fileExists(file),
    readFile: ts.sys.readFile,
  };
  const service = ts.createLanguageService(host);
  const textOf = (parts: ts.SymbolDisplayPart[] | undefined) => (parts ?? []).map(({ text }) => text).join("");

  it.each([
    ["units: 1", "units: number", "Size of the output's last axis."],
    ["useBias", "useBias?: boolean | undefined", "Whether a bias is added. Default true."],
    ["kernelInitializer", "kernelInitializer?: InitializerLike | undefined", 'Default `"glorotUniform"`.'],
    ["trainable", "trainable?: boolean | undefined", "Whether training changes the weights. Default true."],
    ["kernelSize", "kernelSize: PairLike", "Taps of the kernel."],
    ["padding", 'padding?: Padding | "causal" | undefined', "so that no output sees its future."],
    ["groups", "groups?: number | undefined", "each of which sees only its own. Default 1."],
    ["alpha", "alpha?: number | undefined", "Minus the limit for very negative x, at least 0. Default 1."],
  ])("hovering over %s", (name, signature, comment) => {
    const info = service.getQuickInfoAtPosition(user, program.indexOf(name));
    expect(textOf(info?.displayParts)).toContain(signature);
    expect(textOf(info?.documentation)).toContain(comment);
  });

  it("has no errors where options may be undefined exactly", () => {
    expect(service.getSemanticDiagnostics(user).map(({ messageText }) => messageText)).toEqual([]);
  });

  it("completing names offers the others, required ones first of all typed as such", () => {
    const names = service
      .getCompletionsAtPosition(user, program.indexOf("/* here */"), {})!
      .entries.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["activation", "biasInitializer", "inputShape", "name", "useBias"]));
    expect(names).not.toContain("units");
  });

  it("declarations keep the comments and are named by the interface", () => {
    const emitted = service.getEmitOutput(resolve("src/layers/core/dense.ts"), true, true).outputFiles;
    const declaration = emitted.find(({ name }) => name.endsWith("dense.d.ts"))!.text;
    expect(declaration).toMatch(/\/\*\* Size of the output's last axis\. \*\/\s+readonly units:/);
    expect(declaration).toMatch(/\/\*\* Default `"glorotUniform"`\. \*\/\s+readonly kernelInitializer:/);
    expect(declaration).toMatch(/interface DenseOptions extends LayerOptions, OptionsOf<typeof denseOptions>/);
    expect(declaration).toContain("export declare function dense(options: DenseOptions): Layer;");
  });
});
