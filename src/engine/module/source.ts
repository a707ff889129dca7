import { ArgumentError, WebAssemblyError } from "../../errors";
import { didYouMean, show } from "../../options";
import { isA } from "../../platform/realm";
import { compileBytes, explainFailure } from "./compileBytes";
import { identities } from "./generated/identities";
import { provideModules } from "./modules";

/**
 * Where the binary of a build is: an address, absolute or relative to the page; in Node also a path or `file:` URL. Or what
 * was fetched from there, its bytes, or the compiled module.
 */
export type WasmSource = string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;

/** A build that has all operations: for one thread or several, with strict or relaxed arithmetic. */
export type FullBuild = "strict" | "threads" | "relaxed" | "relaxedThreads";
export const FULL_BUILDS: readonly FullBuild[] = ["strict", "threads", "relaxed", "relaxedThreads"];

/** Sources by build, or the one folder that has all of them, by the names they have in the package. */
type Sources = string | URL | Readonly<Partial<Record<FullBuild, WasmSource>>>;

const isFolder = (source: unknown): source is string | URL =>
  (typeof source === "string" || isA("URL", source)) && String(source).endsWith("/");

function isSource(value: unknown): value is WasmSource {
  if (typeof value === "string") return value !== "";
  if (value === null || typeof value !== "object") return false;
  if (isA("URL", value) || isBytes(value)) return true;
  return isModule(value) || isResponse(value) || "then" in value;
}

// Those of another realm are not instances of this one's classes.
const isModule = (value: object): value is WebAssembly.Module => isA("WebAssembly.Module", value);
const isBytes = (value: unknown): value is BufferSource => isA("ArrayBuffer", value) || ArrayBuffer.isView(value);
const isResponse = (value: object): value is Response => "arrayBuffer" in value && "headers" in value;

/**
 * Takes what `configure` was given as `wasm`.
 *
 * @throws ArgumentError when it is neither a source, a folder, nor sources by build
 */
export function useSources(wasm: unknown): void {
  const sources = readSources(wasm);
  provideModules((build) => {
    const source = sourceOf(sources, build);
    return source === undefined ? undefined : () => loadSource(source, build);
  });
}

function readSources(wasm: unknown): Sources {
  if (isFolder(wasm)) return wasm;
  if (isSource(wasm)) return { strict: wasm };
  if (wasm === null || typeof wasm !== "object") throw notASource("wasm", wasm);
  for (const [build, source] of Object.entries(wasm)) {
    if (!(FULL_BUILDS as readonly string[]).includes(build)) {
      throw new ArgumentError(`configure: wasm has no build "${build}".${didYouMean(build, FULL_BUILDS)}`);
    }
    if (!isSource(source) || isFolder(source)) throw notASource(`wasm.${build}`, source);
  }
  return wasm as Sources;
}

function notASource(option: string, value: unknown): ArgumentError {
  return new ArgumentError(
    `configure: ${option} must be a URL, a Response, a WebAssembly.Module or bytes, got ${show(value)}.`,
  );
}

function sourceOf(sources: Sources, build: string): WasmSource | undefined {
  if (typeof sources === "string") return `${sources}${build}.wasm`;
  if (isA("URL", sources)) return new URL(`${build}.wasm`, String(sources));
  return (sources as Readonly<Partial<Record<FullBuild, WasmSource>>>)[build as FullBuild];
}

/**
 * The module of a build from where `configure` says.
 *
 * @throws WebAssemblyError when it is not there, is not this version's, or must not be compiled
 */
async function loadSource(source: WasmSource, build: string): Promise<WebAssembly.Module> {
  const who = `configure: wasm, build "${build}"`;
  const module = await compileSource(source, who);
  checkIdentity(module, build, who);
  return module;
}

async function compileSource(source: WasmSource, who: string): Promise<WebAssembly.Module> {
  if (typeof source === "object" && isModule(source)) return source;
  if (isBytes(source)) return compileBytes(source, who);
  const content = await open(source, who);
  return isResponse(content) ? compileResponse(content, who) : compileBytes(content, who);
}

/** The answer of an address, or the bytes of a file. */
async function open(
  source: string | URL | Response | PromiseLike<Response>,
  who: string,
): Promise<Response | Uint8Array<ArrayBuffer>> {
  try {
    const address = addressOf(source);
    if (address) return await fetch(address);
    if (typeof source === "string" || isA("URL", source)) {
      const { readSource } = await import("../../io/files");
      return (await readSource(source as string | URL, who)) as Uint8Array<ArrayBuffer>;
    }
    return await (source as Response | PromiseLike<Response>);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WebAssemblyError(`${who}: cannot be read: ${message}`, "unreachable", { cause });
  }
}

/** What is to be fetched: everything but files. */
function addressOf(source: unknown): URL | undefined {
  if (typeof source !== "string" && !isA("URL", source)) return undefined;
  const base = globalThis.location?.href;
  const url = URL.canParse(String(source), base) ? new URL(String(source), base) : undefined;
  return url && /^(https?|data|blob):$/.test(url.protocol) ? url : undefined;
}

async function compileResponse(response: Response, who: string): Promise<WebAssembly.Module> {
  const { ok, status, url, headers } = response;
  if (!ok) throw new WebAssemblyError(`${who}: ${url || "the response"} has status ${status}.`, "unreachable");
  const type = headers.get("content-type") ?? "none";
  const isStreamable = type.startsWith("application/wasm") && typeof WebAssembly?.compileStreaming === "function";
  try {
    if (isStreamable) return await WebAssembly.compileStreaming(response);
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    throw await explainFailure(cause, `${who}: ${url || "the response"}, of content type ${type},`);
  }
}

/** Refuses modules of other versions, other builds and other origin: kernels trust the rows they are given. */
function checkIdentity(module: WebAssembly.Module, build: string, who: string): void {
  const [section] = WebAssembly.Module.customSections(module, "wasmgrad");
  const identity = section && new TextDecoder().decode(section);
  if (identity === identities[build]) return;
  const found = identity === undefined ? "no build of wasmgrad" : `the build "${identity.split(" ")[0]}"`;
  const isOfThisVersion = Object.values(identities).includes(identity ?? "");
  const version = identity === undefined || isOfThisVersion ? "" : " of another version";
  throw new WebAssemblyError(
    `${who}: is ${found}${version}. Serve dist/wasm/${build}.wasm of the installed package.`,
    "mismatch",
  );
}
