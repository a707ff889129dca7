// Trains in workerd, the runtime of Cloudflare Workers: `run.mjs <workerd> <package> [<module>…]` with the paths of the
// program of the npm package workerd, of a built wasmgrad, and of a worker and the modules beside it that it imports, default
// worker.js. Bundles as wrangler does, whose conditions and kinds of modules these are, and prints what the worker answers.
// Installs nothing.
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
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

async function bundle(folder, library, modules) {
  const files = new Map();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(resolve(library), join(folder, "node_modules/wasmgrad"));
  for (const module of modules) copyFileSync(module, join(folder, basename(module)));
  await build({
    entryPoints: [join(folder, basename(modules[0]))],
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

const [program, library, ...modules] = process.argv.slice(2);
if (!library) throw new Error("Usage: run.mjs <workerd> <package> [<module>…]");
if (modules.length === 0) modules.push(fileURLToPath(new URL("worker.js", import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "wasmgrad-workerd-"));
try {
  const wasmModules = await bundle(folder, library, modules);
  writeFileSync(join(folder, "config.capnp"), configure(wasmModules));
  console.log(await ask(program, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
