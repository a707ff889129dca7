import type { Stats } from "node:fs";
import { nodeModule } from "../platform/nodeModule";

/** After this long without a write a temporary file of another machine is taken for abandoned. */
const ABANDONED_MILLISECONDS = 24 * 60 * 60 * 1000;

const files = () => nodeModule<typeof import("node:fs/promises")>("node:fs/promises");

/**
 * Gives a file of Node's file system a new content, whole or not at all: writes beside it, then renames. What was there keeps its
 * permissions and, as far as the system lets, its owner. Where the path is a link, the file that it leads to is replaced or
 * made. What is no file, such as a device or a pipe, is written to. Temporary files of this target that killed
 * processes have left are removed.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const { open, rename, rm, stat, writeFile } = await files();
  const target = await followLinks(path);
  const old = await stat(target).catch(() => undefined);
  if (old && !old.isFile()) return writeFile(target, bytes);
  const temporary = await Temporary.of(target);
  await temporary.removeAbandoned();
  const name = temporary.newName();
  try {
    // Never readable by more people than the old file, not even while it is written.
    const file = await open(name, "wx", old ? old.mode & 0o777 : undefined);
    try {
      if (old) await keepOwnerAndMode(file, old);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(name, target);
  } catch (error) {
    await rm(name, { force: true });
    throw error;
  }
}

/** The path behind links, of which the last may lead to where no file is yet. */
async function followLinks(path: string): Promise<string> {
  const { readlink, realpath } = await files();
  const { dirname, resolve } = await nodeModule<typeof import("node:path")>("node:path");
  const real = (file: string) => realpath(file).catch(unlessMissing);
  let target = path;
  while (true) {
    const found = await real(target);
    if (found !== undefined) return found;
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    // Links are read from the folder that they stand in, which may be reached by links, too.
    const folder = dirname(target);
    target = resolve((await real(folder)) ?? folder, next);
  }
}

/** Lets pass that there is no file; links in a circle and folders that may not be entered are errors. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

type FileHandle = Awaited<ReturnType<typeof import("node:fs/promises")["open"]>>;

async function keepOwnerAndMode(file: FileHandle, old: Stats): Promise<void> {
  const { uid, gid } = await file.stat();
  // Only a superuser may give files away. Changing the owner takes away bits of the mode, which comes last.
  if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid).catch(() => {});
  await file.chmod(old.mode & 0o777);
}

/** Names of the files that a target is written to first: `model.safetensors.host-123-….tmp`, with machine and process. */
class Temporary {
  private constructor(
    private readonly folder: string,
    private readonly base: string,
    private readonly host: string,
    private readonly join: (folder: string, name: string) => string,
  ) {}

  static async of(target: string): Promise<Temporary> {
    const { basename, dirname, join } = await nodeModule<typeof import("node:path")>("node:path");
    const { hostname } = await nodeModule<typeof import("node:os")>("node:os");
    return new Temporary(dirname(target), basename(target), hostname().replace(/\W/g, "_"), join);
  }

  newName(): string {
    return this.join(this.folder, `${this.base}.${this.host}-${process.pid}-${crypto.randomUUID()}.tmp`);
  }

  /** Removes files of this target whose process has ended. A folder that cannot be listed keeps them. */
  async removeAbandoned(): Promise<void> {
    const { readdir, rm } = await files();
    for (const name of await readdir(this.folder).catch(() => [])) {
      if (!name.startsWith(`${this.base}.`)) continue;
      const [, host, pid] = /^(\w+)-(\d+)-[\da-f-]{36}\.tmp$/.exec(name.slice(this.base.length + 1)) ?? [];
      if (pid === undefined) continue;
      const path = this.join(this.folder, name);
      const isAbandoned = host === this.host ? !isAlive(Number(pid)) : await isOld(path);
      if (isAbandoned) await rm(path, { force: true }).catch(() => {});
    }
  }
}

/** Whether there is a process of this number, also one that may not be signalled. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

async function isOld(path: string): Promise<boolean> {
  const { stat } = await files();
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > ABANDONED_MILLISECONDS;
}
