// R16: what `npm ci` installs is what was locked, byte for byte, from whichever registry it is asked.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
}

describe.each(["package-lock.json", "bench/peers/package-lock.json"])("%s", (path) => {
  const { lockfileVersion, packages } = JSON.parse(readFileSync(path, "utf8")) as {
    lockfileVersion: number;
    packages: Record<string, Locked>;
  };
  const installed = Object.entries(packages).filter(([place]) => place !== "");

  test("has a hash of every package, those of other platforms included", () => {
    expect(lockfileVersion).toBe(3);
    expect(installed.length).toBeGreaterThan(50);
    const unlocked = installed.filter(([, { integrity = "" }]) => !/^sha512-[\w+/]{86}==$/.test(integrity));
    expect(unlocked.map(([place]) => place)).toEqual([]);
  });

  test("records no address to download from", () => {
    expect(installed.filter(([, entry]) => "resolved" in entry).map(([place]) => place)).toEqual([]);
  });
});
