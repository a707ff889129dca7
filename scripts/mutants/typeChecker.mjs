// Whether a mutated TypeScript file is still a program: a mistake that tsc reports needs no test to be found.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Something is declared or imported and not used: what leaves code out leaves such things behind. */
const UNUSED = new Set([6133, 6192, 6196, 6198]);

export class TypeChecker {
  #service;
  #folder;
  /** Mutated texts by path. */
  #texts = new Map();
  #version = 0;

  /** @param folder with tsconfig.json */
  constructor(folder) {
    this.#folder = folder;
    const path = join(folder, "tsconfig.json");
    const { fileNames, options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(path, ts.sys.readFile).config,
      ts.sys,
      folder,
    );
    // Files of the copy are mutated while others are checked: each is read once, at the beginning.
    const originals = new Map(fileNames.map((name) => [name, readFileSync(name, "utf8")]));
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      getScriptFileNames: () => fileNames,
      getScriptVersion: (name) => (this.#texts.has(name) ? `${this.#version}` : "0"),
      getScriptSnapshot: (name) => {
        const text = this.#texts.get(name) ?? originals.get(name) ?? ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** The first error in files under src/ with these texts. asc checks the types of assembly/. */
  findError(texts) {
    const own = [...texts].filter(([file]) => file.startsWith("src/"));
    this.#texts = new Map(own.map(([file, text]) => [join(this.#folder, file), text]));
    this.#version++;
    for (const name of this.#texts.keys()) {
      const errors = [
        ...this.#service.getSyntacticDiagnostics(name),
        ...this.#service.getSemanticDiagnostics(name).filter(({ code }) => !UNUSED.has(code)),
      ];
      if (errors.length) return `tsc: ${ts.flattenDiagnosticMessageText(errors[0].messageText, " ")}`;
    }
    return undefined;
  }
}
