type Classes = "Blob" | "Response" | "ReadableStream";

/** Whether a value is of a class that not every runtime has. */
export function isA<Name extends Classes>(
  value: unknown,
  name: Name,
): value is InstanceType<(typeof globalThis)[Name]> {
  const known = globalThis[name];
  return typeof known === "function" && value instanceof known;
}

/** The URL that a text stands for; undefined when it is none. `URL.canParse` is missing in jsdom and in browsers before 2023. */
export function urlOf(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
