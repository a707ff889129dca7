/** The reports of all entries, as they have to be: file name → text. */
export function reports(): Map<string, string>;
