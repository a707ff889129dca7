/**
 * Loads a text and tells how far it is.
 *
 * @param onProgress is given bytes that are there, and bytes in all where the server says so
 * @throws Error when the server has no such file or cannot be reached
 */
export async function loadText(
  url: string,
  onProgress: (loaded: number, total: number | undefined) => void,
): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw new Error("The server that has the book cannot be reached. Start it again, then try again.", { cause });
  }
  if (!response.ok || !response.body) {
    const { pathname } = new URL(url);
    throw new Error(
      `The server has no book to learn from (status ${response.status} for ${pathname}). Run npm ci and start it again, then try again.`,
    );
  }
  const length = Number(response.headers.get("content-length"));
  const decoder = new TextDecoder();
  let [text, loaded] = ["", 0];
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    loaded += value.length;
    onProgress(loaded, length > 0 ? length : undefined);
  }
}
