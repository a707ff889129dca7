// Does what CONTRIBUTING.md says, word by word, in a copy of the tree:
//
//   node scripts/guide.mjs /tmp/copy [how many steps]
//
// so that the guide is known to work. A comment above a block of code says what is to be done with it.
import { execSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The steps of the guide, in order: a file to create, a line or a word to put something behind, or commands to run. */
export function steps(guide = readFileSync("CONTRIBUTING.md", "utf8")) {
  const blocks = guide.matchAll(/^<!-- (.*) -->\n```\w+\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, instruction, text]) => {
    const [, created] = /^create (\S+)$/.exec(instruction) ?? [];
    const [, anchor, file] = /^after '(.*)' in (\S+)$/.exec(instruction) ?? [];
    const [, word, line] = /^behind '(.*)' in (\S+)$/.exec(instruction) ?? [];
    if (word) return { kind: "insert", file: line, anchor: word, text: text.trimEnd() };
    if (created) return { kind: "create", file: created, text };
    if (anchor) return { kind: "insert", file, anchor: `${anchor}\n`, text };
    if (instruction === "run") return { kind: "run", commands: text.trim().split("\n") };
    throw new Error(`CONTRIBUTING.md: nobody knows how to "${instruction}".`);
  });
}

/** The text with a step's lines behind its anchor. */
export function inserted(content, { anchor, text, file }) {
  const parts = content.split(anchor);
  if (parts.length !== 2) throw new Error(`${file}: "${anchor.trim()}" is there ${parts.length - 1} times, not once.`);
  return `${parts[0]}${anchor}${text}${parts[1]}`;
}

/** Makes one edit of the guide in a copy of the tree. */
export function edit(folder, step) {
  const path = join(folder, step.file);
  if (step.kind === "create") writeFileSync(path, step.text);
  else writeFileSync(path, inserted(readFileSync(path, "utf8"), step));
}

function follow(folder, count) {
  const skipped = ["node_modules", ".git"];
  cpSync(".", folder, { recursive: true, filter: (path) => !skipped.includes(path.split("/")[0]) });
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  execSync("git init --quiet", { cwd: folder });
  const start = performance.now();
  for (const step of steps().slice(0, count)) {
    if (step.kind !== "run") edit(folder, step);
    for (const command of step.commands ?? []) {
      console.log(`$ ${command}`);
      execSync(command, { cwd: folder, stdio: "inherit" });
      console.log(`${((performance.now() - start) / 1000).toFixed(0)} s since the beginning`);
    }
  }
}

if (process.argv[1]?.endsWith("guide.mjs")) {
  const [, , folder, count] = process.argv;
  follow(resolve(folder), count === undefined ? undefined : Number(count));
}
