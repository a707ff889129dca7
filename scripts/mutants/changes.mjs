// What has changed since an earlier commit, as far as git knows here.
import { spawnSync } from "node:child_process";

/** What a git command prints; undefined when it fails, as in a clone that has only the last commit. */
function git(...parameters) {
  const { status, stdout } = spawnSync("git", parameters, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/**
 * The commit to compare with: where this branch left the main one, or, on the main branch itself, the commit before. Undefined
 * when there is none.
 */
export function findBase() {
  const head = git("rev-parse", "HEAD");
  for (const branch of ["origin/HEAD", "origin/main", "main"]) {
    const base = git("merge-base", branch, "HEAD");
    if (base && base !== head) return base;
  }
  return git("rev-parse", "--verify", "--quiet", "HEAD~");
}

/** The files that differ from a commit, new ones included. */
export function changedFiles(base) {
  const different = git("diff", "--name-only", base);
  if (different === undefined) throw new Error(`git knows no commit ${base}`);
  const untracked = git("ls-files", "--others", "--exclude-standard") ?? "";
  return [...new Set(`${different}\n${untracked}`.split("\n").filter(Boolean))];
}
