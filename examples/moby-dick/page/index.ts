/**
 * Serves a page on which a small GPT learns Moby Dick and writes meanwhile: `npx tsx examples/moby-dick/page/index.ts [port]`, after
 * `npm run build`.
 */
import { servePage } from "./serve";

const { url } = await servePage(Number(process.argv[2] ?? 8080));
console.log(`Open ${url} in a browser. Ctrl+C ends this.`);
