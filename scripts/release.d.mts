/** The version after `current`, by how much it changes, or as it is written down. */
export function nextVersion(current: string, wanted: string): string;
/** What a changelog says of coming changes. */
export function unreleasedNotes(changelog: string): string;
/** The changelog with what was unreleased under a version. */
export function releasedChangelog(changelog: string, version: string, date: string): string;
/** A package.json or package-lock.json with another version. */
export function withVersion(text: string, version: string): string;
/** What must pass before a release, as programs and their arguments. */
export const CHECKS: [program: string, parameters: string[]][];
