// How fast one core reads memory: what bounds all work that reads much and computes little with it.
import { compileLoop } from "./compileLoop";

/** Places that are read side by side, and vectors of each at a time: two by four read fastest, from main memory and from caches. */
const PLACES = 2;
const VECTORS = 4;
/** Bytes that a turn of the loop reads at each place. */
const BLOCK = 16 * VECTORS;
/** Where the region begins: before it stand the sums. */
const START = 1024;

/** AssemblyScript of a loop that loads vectors and adds them, so that no load may be left out. */
function readSource(): string {
  const sums = Array.from({ length: PLACES * VECTORS }, (_, i) => `s${i}`);
  const load = (i: number) => `v128.load(at + ${Math.floor(i / VECTORS)} * part, ${16 * (i % VECTORS)})`;
  return `export function read(at: usize, part: usize): void {
    let ${sums.map((sum) => `${sum} = f32x4.splat(0)`).join(", ")};
    for (const end = at + part; at < end; at += ${BLOCK}) { ${sums.map((sum, i) => `${sum} = f32x4.add(${sum}, ${load(i)});`).join(" ")} }
    ${sums.map((sum, i) => `v128.store(0, ${sum}, ${16 * i});`).join(" ")}
  }`;
}

/** A region of memory that is read piece by piece, over and over. */
export class Reader {
  readonly #read: (at: number, part: number) => void;
  #at = 0;

  private constructor(
    instance: WebAssembly.Instance,
    private readonly regionBytes: number,
  ) {
    const { read, memory } = instance.exports as {
      read: (at: number, part: number) => void;
      memory: WebAssembly.Memory;
    };
    this.#read = read;
    // A system gives all pages that were never written the same memory.
    new Float32Array(memory.buffer, START).fill(1);
  }

  /** Of a region of at least so many bytes, which must be larger than the caches where main memory is meant. */
  static async of(bytes: number): Promise<Reader> {
    const regionBytes = Math.ceil(bytes / BLOCK / PLACES) * BLOCK * PLACES;
    const binary = await compileLoop(readSource(), Math.ceil((START + regionBytes) / 65536));
    const { instance } = await WebAssembly.instantiate(binary);
    return new Reader(instance, regionBytes);
  }

  /** Reads so many bytes, from where the last call ended; at the end of the region it begins anew. */
  read(bytes: number): void {
    const part = Math.ceil(bytes / BLOCK / PLACES) * BLOCK;
    if (this.#at + PLACES * part > this.regionBytes) this.#at = 0;
    this.#read(START + this.#at, part);
    this.#at += PLACES * part;
  }
}
