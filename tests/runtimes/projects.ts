// Where the projects of the matrix stand. `npm run matrix:install` puts there what they need.
import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const bundlers = ["vite", "webpack", "rollup", "esbuild", "next"] as const;

export type Project = (typeof bundlers)[number] | "plain" | "programs";

export const folderOf = (project: string): string => resolve("build/matrix", project);

export const isInstalled = (project: Project): boolean => existsSync(resolve(folderOf(project), "installed.json"));

/** Why a row cannot be tried here; in CI that is a failure, which its test finds. */
export function absence(what: string, isThere: boolean): string | undefined {
  return isThere || process.env.CI ? undefined : `${what} is not installed: npm run matrix:install`;
}
