/** The URL that a text stands for; undefined when it is none. `URL.canParse` is missing in jsdom and in browsers before 2023. */
export function urlOf(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
