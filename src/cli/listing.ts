/** More tensors are not listed, but for JSON. */
export const MOST_TENSORS = 60;

/** The lines of a summary, which is a table already, without what training would take. */
export function rowsOf(summary: string): string[][] {
  const lines = summary.split("\n");
  const end = lines.findIndex((line) => line.startsWith("memory "));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => [`  ${line}`]);
}
