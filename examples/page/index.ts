/**
 * Serves a page that trains while it draws: `npx tsx examples/page/index.ts [port]`, after `npm run build`. The package is taken as
 * it is published, from dist.
 */
import { servePage } from "./serve";

const { url } = await servePage(Number(process.argv[2] ?? 8080));
console.log(`Open ${url} in a browser. Ctrl+C ends this.`);
