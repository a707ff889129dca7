/** What only Node can do: `import { csvLogger } from "wasmgrad/node"`. */
export { type CsvLoggerOptions, csvLogger } from "./csvLogger";
export { enableRevectorizer } from "./revectorizer";
