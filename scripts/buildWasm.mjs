// Compiles assembly/ once per target of asconfig.json and inlines each binary as a module under
// src/engine/generated, so that tests, bundles and scripts all read the same bytes without a file or a URL.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import asc from "assemblyscript/asc";

const generated = "src/engine/generated";
const { targets } = JSON.parse(readFileSync("asconfig.json", "utf8"));
mkdirSync(generated, { recursive: true });

for (const [target, { outFile, entries = [] }] of Object.entries(targets)) {
  mkdirSync(dirname(outFile), { recursive: true });
  const { error, stderr } = await asc.main([...entries, "--config", "asconfig.json", "--target", target]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
  const bytes = readFileSync(outFile);
  const source = `// Made by scripts/buildWasm.mjs from assembly/.\nexport const ${target} = "${bytes.toString("base64")}";\n`;
  writeFileSync(`${generated}/${target}.ts`, source);
  console.log(`${outFile}: ${(bytes.length / 1024).toFixed(1)} kB`);
}
