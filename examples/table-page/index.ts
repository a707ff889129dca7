/**
 * Trains a model of penguins with the command line and serves a page that predicts with its file:
 * `npx tsx examples/table-page/index.ts [port]`, after `npm run build`.
 */
import { servePage } from "./serve";

const { url } = await servePage(Number(process.argv[2] ?? 8080));
console.log(`Open ${url} in a browser. Ctrl+C ends this.`);
