// Makes a release: checks everything on what would be published, raises the version, commits and tags.
//
//   npm run release -- patch|minor|major|x.y.z [--dry-run] [--publish]
//
// --dry-run checks and shows, and changes nothing. Pushing the tag lets .github/workflows/release.yml publish with
// provenance; --publish does it from here, without.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const LEVELS = ["major", "minor", "patch"];
const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/** The version after `current`, by how much it changes, or as it is written down. It has to be a later one. */
export function nextVersion(current, wanted) {
  const parts = (version) => VERSION.exec(version)?.slice(1).map(Number);
  const from = parts(current);
  const level = LEVELS.indexOf(wanted);
  const to = level < 0 ? parts(wanted) : from.map((part, i) => (i < level ? part : i === level ? part + 1 : 0));
  if (!to) throw new Error(`release: expects patch, minor, major or a version such as 1.2.3, got "${wanted}".`);
  const first = to.findIndex((part, i) => part !== from[i]);
  if (first >= 0 && to[first] < from[first]) throw new Error(`release: ${wanted} comes before ${current}.`);
  return to.join(".");
}

const UNRELEASED = "## [Unreleased]\n";

/** What a changelog says of coming changes. */
export function unreleasedNotes(changelog) {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) throw new Error(`CHANGELOG.md: has no "${UNRELEASED.trim()}".`);
  const [notes] = changelog.slice(start + UNRELEASED.length).split(/^## /m);
  if (!/^- /m.test(notes)) throw new Error("CHANGELOG.md: says of no change under Unreleased.");
  return notes.trim();
}

/** The changelog with what was unreleased under a version. */
export function releasedChangelog(changelog, version, date) {
  unreleasedNotes(changelog);
  if (changelog.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md: has a version ${version} already.`);
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n## [${version}] - ${date}\n`);
}

/** A package.json or package-lock.json with another version, formatted as it was. */
export function withVersion(text, version) {
  const manifest = JSON.parse(text);
  manifest.version = version;
  if (manifest.packages?.[""]) manifest.packages[""].version = version;
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** What must pass, in this order. The tests of the package pack it: entries, types, licences, API report. */
export const CHECKS = [
  ["npm", ["ci"]],
  ["npm", ["run", "lint"]],
  ["npm", ["test"]],
  ["npm", ["run", "test:package"]],
  ["npm", ["run", "docs"]],
  ["npm", ["pack", "--dry-run", "--ignore-scripts"]],
];

const git = (...parameters) => execFileSync("git", parameters, { encoding: "utf8" }).trim();

/** On Windows npm is a script, which only a shell finds. */
function run([program, parameters]) {
  console.log(`$ ${program} ${parameters.join(" ")}`);
  execFileSync(program, parameters, { stdio: "inherit", shell: process.platform === "win32" });
}

/** Refuses to release what is not committed, or twice. */
function checkRepository(tag) {
  const changes = git("status", "--porcelain");
  if (changes) throw new Error(`release: commit or stash first:\n${changes}`);
  if (git("tag", "--list", tag)) throw new Error(`release: the tag ${tag} exists.`);
}

function main() {
  const options = { "dry-run": { type: "boolean" }, publish: { type: "boolean" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 1)
    throw new Error("release: npm run release -- patch|minor|major|x.y.z [--dry-run] [--publish]");
  const version = nextVersion(JSON.parse(readFileSync("package.json", "utf8")).version, positionals[0]);
  const tag = `v${version}`;
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  const date = new Date().toISOString().slice(0, 10);
  const released = releasedChangelog(changelog, version, date);
  checkRepository(tag);
  for (const check of CHECKS) run(check);
  console.log(`\n${tag}, ${date}\n\n${unreleasedNotes(changelog)}\n`);
  if (values["dry-run"]) return console.log("A dry run: nothing has changed.");
  checkRepository(tag);
  for (const file of ["package.json", "package-lock.json"]) {
    writeFileSync(file, withVersion(readFileSync(file, "utf8"), version));
  }
  writeFileSync("CHANGELOG.md", released);
  git("commit", "--quiet", "--all", "--message", `Release ${version}`);
  git("tag", "--annotate", tag, "--message", `${tag}\n\n${unreleasedNotes(changelog)}`);
  if (values.publish) run(["npm", ["publish", "--access", "public"]]);
  else console.log(`Push it to publish it: git push --follow-tags`);
}

if (process.argv[1]?.endsWith("release.mjs")) {
  try {
    main();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
