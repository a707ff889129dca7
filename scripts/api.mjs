// The public surface as text, one report an entry under api/, so that a review sees what a change does to users.
//
//   npm run api            writes the reports
//   npm run api -- --check fails when one is not what the sources say, and shows where
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript";
import { entries } from "./entries.mjs";

const TYPES = "build/types";
/** The same once more, where an entry that imports another takes it for a foreign package. */
const INSTALLED = "build/api/node_modules/wasmgrad";
const quiet = { default: { logLevel: "none" } };

/** Declarations of every source, file by file: rolled up, namespaces would be lists of names. */
function emitDeclarations() {
  for (const folder of [TYPES, "build/api"]) rmSync(folder, { recursive: true, force: true });
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile("tsconfig.json", ts.sys.readFile).config,
    ts.sys,
    ".",
  );
  const emitted = {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: TYPES,
    rootDir: "src",
  };
  const roots = entries().map(({ source }) => source);
  const { emitSkipped } = ts.createProgram(roots, emitted).emit();
  if (emitSkipped) throw new Error("The sources have errors: run npm run typecheck.");
  cpSync(TYPES, INSTALLED, { recursive: true });
}

const declarationOf = ({ source }, folder = TYPES) => resolve(source.replace(/^src/, folder).replace(/\.ts$/, ".d.ts"));

/** The report of one entry as api-extractor writes it, without what would differ between its versions. */
function extract(entry, folder) {
  const all = entries();
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: resolve("package.json"),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: resolve("."),
      mainEntryPointFilePath: declarationOf(entry),
      apiReport: {
        enabled: true,
        reportFileName: entry.file,
        reportFolder: `${resolve(folder)}/`,
        reportTempFolder: `${resolve(folder)}/temp/`,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      compiler: {
        overrideTsconfig: {
          extends: resolve("tsconfig.json"),
          compilerOptions: {
            noEmit: false,
            paths: Object.fromEntries(all.map((other) => [other.name, [declarationOf(other, INSTALLED)]])),
          },
          files: [declarationOf(entry)],
        },
      },
      messages: { extractorMessageReporting: quiet, tsdocMessageReporting: quiet, compilerMessageReporting: quiet },
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = message.logLevel !== "error";
    },
  });
  if (!succeeded) throw new Error(`api-extractor found errors in ${entry.name}.`);
  return readFileSync(`${folder}/${entry.file}.api.md`, "utf8");
}

/** The reports of all entries, as they have to be: file name → text. */
export function reports() {
  emitDeclarations();
  const folder = "build/api";
  mkdirSync(folder, { recursive: true });
  return new Map(entries().map((entry) => [`${entry.file}.api.md`, extract(entry, folder)]));
}

/** The first line in which two texts differ, with what each says. */
function firstDifference(expected, got) {
  const [a, b] = [expected.split("\n"), got.split("\n")];
  const line = a.findIndex((text, i) => text !== b[i]);
  const at = line < 0 ? a.length : line;
  return `line ${at + 1}:\n  committed: ${b[at] ?? "(nothing)"}\n  sources:   ${a[at] ?? "(nothing)"}`;
}

function main(isCheck) {
  mkdirSync("api", { recursive: true });
  for (const [name, text] of reports()) {
    const path = `api/${name}`;
    const committed = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (committed === text) continue;
    if (isCheck) {
      console.error(`${path} differs at ${firstDifference(text, committed)}\nIf that is meant, run: npm run api`);
      process.exitCode = 1;
    } else {
      writeFileSync(path, text);
      console.log(`${path} written`);
    }
  }
}

if (process.argv[1]?.endsWith("api.mjs")) main(process.argv.includes("--check"));
