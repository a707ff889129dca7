import { ArgumentError, DataError } from "../errors";
import { show } from "../options";
import { isNode, nodeModule } from "../platform/nodeModule";
import { isA } from "../platform/realm";
import { readBytes } from "../io/bytes";

/** A file that may hold an image. */
export interface ImageFile {
  /** From the folder on, with `/`. */
  readonly path: string;
  /** The folder right below the one that was given; undefined for files that stand in none. */
  readonly className: string | undefined;
  read(): Promise<Uint8Array>;
}

/** What a list of files in a browser has. */
export interface FileLike extends Blob {
  /** The name without folders. */
  readonly name: string;
  /** The way from a folder that was chosen; empty otherwise. */
  readonly webkitRelativePath?: string;
}

/** What was left out, and why. */
export interface SkippedFile {
  /** From the folder on. */
  readonly path: string;
  /** Why it is no image, such as "hidden". */
  readonly reason: string;
}

/** What stands in a folder. */
export interface FolderContent {
  readonly files: ImageFile[];
  /** All folders right below, those without images too. */
  readonly folders: string[];
  readonly skipped: SkippedFile[];
}

/** In the order of code units, which is the same everywhere. */
const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Why a file of this name is left out; undefined when it is read. */
function reasonToSkip(name: string): string | undefined {
  if (name.startsWith(".")) return "hidden";
  return /\.(png|jpe?g|jpe|jfif)$/i.test(name) ? undefined : "not named as a PNG or JPEG file";
}

/**
 * The files of a folder in Node, by their paths in order. Links to files are followed, links to folders are not: they may lead in
 * circles.
 *
 * @throws ArgumentError outside Node; DataError when there is no such folder
 */
export async function readFolder(place: string | URL, who: string): Promise<FolderContent> {
  if (!isNode) throw new ArgumentError(`${who}: a path needs Node. Give a list of files, such as that of an <input>.`);
  const { readdir, readFile, stat } = await nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  const { join } = await nodeModule<typeof import("node:path")>("node:path");
  const { fileURLToPath } = await nodeModule<typeof import("node:url")>("node:url");
  const root = typeof place === "string" ? place : fileURLToPath(place.href);
  const content: FolderContent = { files: [], folders: [], skipped: [] };
  const skip = (path: string, reason: string) => content.skipped.push({ path, reason });

  const visit = async (path: string, className: string | undefined): Promise<void> => {
    const entries = await readdir(join(root, path), { withFileTypes: true });
    entries.sort((a, b) => inOrder(a.name, b.name));
    for (const entry of entries) {
      const inner = path === "" ? entry.name : `${path}/${entry.name}`;
      const full = join(root, inner);
      if (entry.isDirectory()) {
        if (entry.name.startsWith(".") || entry.name === "__MACOSX") skip(inner, "hidden");
        else {
          if (path === "") content.folders.push(entry.name);
          await visit(inner, className ?? entry.name);
        }
        continue;
      }
      const target = entry.isSymbolicLink() ? await stat(full).catch(() => undefined) : entry;
      const reason = reasonToSkip(entry.name);
      if (reason) skip(inner, reason);
      else if (target?.isDirectory()) skip(inner, "a link to a folder");
      else if (!target?.isFile()) skip(inner, "not a file");
      else content.files.push({ path: inner, className, read: () => readFile(full) });
    }
  };
  const status = await stat(root).catch(() => undefined);
  if (!status?.isDirectory()) throw new DataError(`${who}: ${show(String(place))} is not a folder.`);
  await visit("", undefined);
  return content;
}

/**
 * The files of a list. Those with a way from a folder are put in order by it, as `readFolder` does; others stay as they are.
 *
 * @throws ArgumentError for what are no files
 */
export function readList(list: Iterable<FileLike>, who: string): FolderContent {
  const content: FolderContent = { files: [], folders: [], skipped: [] };
  const named = Array.from(list, (file) => {
    if (!isA("File", file) && !isA("Blob", file)) throw new ArgumentError(`${who}: expects files, got ${show(file)}.`);
    // The first folder of the way is the one that was chosen.
    const way = (file.webkitRelativePath ?? "").split("/").slice(1);
    return { file, way, path: way.length > 0 ? way.join("/") : (file.name ?? "") };
  });
  if (named.every(({ way }) => way.length > 0)) named.sort((a, b) => inOrder(a.path, b.path));
  const folders = new Set<string>();
  for (const { file, way, path } of named) {
    const hidden = way.slice(0, -1).some((folder) => folder.startsWith(".") || folder === "__MACOSX");
    const className = way.length > 1 ? way[0] : undefined;
    if (className !== undefined && !hidden) folders.add(className);
    // What has no name was made by the program itself.
    const reason = hidden ? "hidden" : path === "" ? undefined : reasonToSkip(path.split("/").at(-1)!);
    if (reason) content.skipped.push({ path, reason });
    else content.files.push({ path, className, read: () => readBytes(file, `${who}: ${path}`) });
  }
  content.folders.push(...[...folders].sort(inOrder));
  return content;
}
