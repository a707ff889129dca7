// R12: what a file was stays as it was, but for its content; what killed processes have left goes.
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeBytes } from "../../src/io/files";

const isPosix = process.platform !== "win32";
const bytes = Uint8Array.of(1, 2, 3);
const save = (path: string) => writeBytes(path, bytes, "test");

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmgrad-replace-"));
  path = join(folder, "model.safetensors");
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);

describe.runIf(isPosix)("the permissions of a file", () => {
  it.each([0o600, 0o640, 0o666, 0o755, 0o400])("%i stay", async (mode) => {
    writeFileSync(path, "old");
    chmodSync(path, mode);
    const before = process.umask(0o027);
    try {
      await save(path);
    } finally {
      process.umask(before);
    }
    expect(modeOf(path)).toBe(mode.toString(8));
    expect([...readFileSync(path)]).toEqual([...bytes]);
  });

  it("are those of any new file for a new one", async () => {
    const before = process.umask(0o077);
    try {
      await save(path);
    } finally {
      process.umask(before);
    }
    expect(modeOf(path)).toBe("600");
  });

  it.runIf(process.getuid?.() === 0)("and its owner stay when a superuser saves", async () => {
    writeFileSync(path, "old");
    const { chownSync } = await import("node:fs");
    chownSync(path, 12345, 54321);
    chmodSync(path, 0o640);
    await save(path);
    const { uid, gid } = statSync(path);
    expect([uid, gid, modeOf(path)]).toEqual([12345, 54321, "640"]);
  });
});

describe.runIf(isPosix)("a link", () => {
  it("that leads to no file yet is followed: the file is made there", async () => {
    mkdirSync(join(folder, "elsewhere"));
    symlinkSync("elsewhere/real", path);
    await save(path);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(readlinkSync(path)).toBe("elsewhere/real");
    expect([...readFileSync(join(folder, "elsewhere", "real"))]).toEqual([...bytes]);
    expect(readdirSync(folder).sort()).toEqual(["elsewhere", "model.safetensors"]);
  });

  it("that leads to such a link, by folders that are links, is followed too", async () => {
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    symlinkSync("a/b", join(folder, "short"));
    symlinkSync("../last", join(folder, "a", "b", "first"));
    symlinkSync(join(folder, "short", "first"), path);
    await save(path);
    expect([...readFileSync(join(folder, "a", "last"))]).toEqual([...bytes]);
    expect(lstatSync(join(folder, "a", "b", "first")).isSymbolicLink()).toBe(true);
  });

  it("into a folder that is not there, or to itself, is the file system's error", async () => {
    symlinkSync("missing/real", path);
    await expect(save(path)).rejects.toMatchObject({ code: "ENOENT" });
    const round = join(folder, "round");
    symlinkSync("round", round);
    await expect(save(round)).rejects.toMatchObject({ code: "ELOOP" });
    expect(readdirSync(folder).sort()).toEqual(["model.safetensors", "round"]);
  });
});

describe.runIf(isPosix)("what is no file", () => {
  it("a device is written to and stays one", async () => {
    await save("/dev/null");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("a folder is an error and stays one", async () => {
    await expect(save(folder)).rejects.toMatchObject({ code: "EISDIR" });
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** Begins to save in a process of its own; resolves when it is in the middle of it: its temporary file is there. */
async function beginSaving(target: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "saver.ts"), target]);
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", (code) => reject(new Error(`the saver ended with ${code}`)));
  });
  while (!leftovers().some((name) => name.includes(`-${child.pid}-`))) await new Promise((next) => setTimeout(next, 1));
  return child;
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));
const leftovers = () => readdirSync(folder).filter((name) => name.endsWith(".tmp"));

describe("temporary files", () => {
  it("of a killed process are removed at the next save of the same file, those of a living one never", async () => {
    for (let i = 0; i < 3; i++) {
      const killed = await beginSaving(path);
      killed.kill("SIGKILL");
      await ended(killed);
    }
    const left = leftovers().length;
    expect(left).toBeGreaterThan(0);
    const living = await beginSaving(path);
    const stopped = leftovers().find((name) => name.includes(`-${living.pid}-`))!;
    living.kill("SIGSTOP");
    try {
      await save(join(folder, "other.safetensors"));
      expect(leftovers().length).toBeGreaterThan(0);
      await save(path);
      const kept = leftovers();
      for (const name of kept) expect(name).toContain(`-${living.pid}-`);
      // It may have finished this one before it stopped.
      if (existsSync(join(folder, stopped))) expect(kept).toContain(stopped);
    } finally {
      living.kill("SIGKILL");
      await ended(living);
    }
    await save(path);
    expect(leftovers()).toEqual([]);
    expect([...readFileSync(path)]).toEqual([...bytes]);
  });

  it("of several saves at once do not disturb each other", async () => {
    await Promise.all(Array.from({ length: 20 }, () => save(path)));
    expect(readdirSync(folder)).toEqual(["model.safetensors"]);
  });

  it("of other machines are removed after a day, and what only looks like one never", async () => {
    const uuid = "01234567-89ab-cdef-0123-456789abcdef";
    const host = hostname().replace(/\W/g, "_");
    const names = {
      dead: `model.safetensors.${host}-${2 ** 22 + 1}-${uuid}.tmp`,
      oldElsewhere: `model.safetensors.elsewhere-1-${uuid}.tmp`,
      newElsewhere: `model.safetensors.elsewhere-2-${uuid}.tmp`,
      ofAnother: `model.safetensors.bak.${host}-${2 ** 22 + 1}-${uuid}.tmp`,
      ofAnotherElsewhere: `model.safetensors.bak.elsewhere-1-${uuid}.tmp`,
      ofTheUser: "model.safetensors.mine.tmp",
    };
    for (const name of Object.values(names)) writeFileSync(join(folder, name), "");
    const longAgo = Date.now() / 1000 - 25 * 3600;
    for (const name of [names.oldElsewhere, names.ofAnotherElsewhere]) utimesSync(join(folder, name), longAgo, longAgo);
    await save(path);
    const kept = [names.newElsewhere, names.ofAnother, names.ofAnotherElsewhere, names.ofTheUser, "model.safetensors"];
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });
});
