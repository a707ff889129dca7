// Trains in workerd, the runtime of Cloudflare Workers: `run.mjs <workerd> <package>` with the paths of the program of the npm
// package workerd and of a built wasmgrad. Bundles as wrangler does, whose conditions and kinds of modules these are, and
// prints what worker.js reports. Installs nothing.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Modules that the runtime gets as they are, by the name under which the bundle imports them. */
function keepWasm(files) {
  return {
    name: "compiled wasm",
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, resolveDir }) => {
        const file = resolve(resolveDir, path.replace("?module", ""));
        files.set(basename(path), file);
        return { path: `./${basename(path)}`, external: true };
      });
    },
  };
}

async function bundle(folder, library) {
  const files = new Map();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve(library), join(folder, "node_modules/wasmgrad"));
  copyFileSync(join(dirname(fileURLToPath(import.meta.url)), "worker.js"), join(folder, "worker.js"));
  await build({
    entryPoints: [join(folder, "worker.js")],
    outfile: join(folder, "bundle.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    plugins: [keepWasm(files)],
    logLevel: "error",
  });
  for (const [name, file] of files) copyFileSync(file, join(folder, name.replace("?", "-")));
  return [...files.keys()];
}

/** A server of one worker, on any free port. */
function configure(wasmModules) {
  const modules = [
    '(name = "bundle.js", esModule = embed "bundle.js")',
    ...wasmModules.map((name) => `(name = "${name}", wasm = embed "${name.replace("?", "-")}")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (compatibilityDate = "2026-01-01", modules = [${modules.join(", ")}]);
`;
}

/** Starts workerd, asks it once, and ends it. */
async function ask(program, folder) {
  const server = spawn(program, ["serve", join(folder, "config.capnp"), "--control-fd=3"], {
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  try {
    const port = await new Promise((resolve, reject) => {
      server.once("error", reject);
      server.once("exit", (code) => reject(new Error(`workerd ended with code ${code} before it listened`)));
      let told = "";
      server.stdio[3].on("data", (chunk) => {
        told += chunk;
        const listening = told.split("\n").find((line) => line.includes('"listen"'));
        if (listening) resolve(JSON.parse(listening).port);
      });
    });
    const response = await fetch(`http://127.0.0.1:${port}/`);
    return await response.text();
  } finally {
    server.kill();
  }
}

const [program, library] = process.argv.slice(2);
if (!library) throw new Error("Usage: run.mjs <workerd> <package>");
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-workerd-"));
try {
  const wasmModules = await bundle(folder, library);
  writeFileSync(join(folder, "config.capnp"), configure(wasmModules));
  console.log(await ask(program, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
