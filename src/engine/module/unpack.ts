import { isNode, nodeModule } from "../../platform/nodeModule";

/**
 * The bytes of a binary that scripts/buildWasm.mjs has compressed and written in base64. By Node's zlib, which runtimes of
 * other servers have, too; where there is none, by the browser's; in browsers older than 2023, which have none either
 * (Firefox before 113, Safari before 16.4), by a few kilobytes that are loaded for it.
 */
export async function unpack(text: string): Promise<BufferSource> {
  const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (isNode) {
    const { inflateSync } = await nodeModule<typeof import("node:zlib")>("node:zlib");
    return inflateSync(packed);
  }
  if (typeof DecompressionStream === "undefined") return (await import("./inflate")).inflate(packed) as BufferSource;
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
