/** Files that are tables, or hold some, and are no text: how they begin, and what to do with them. */
const FORMATS: readonly { readonly begins: string; readonly what: string }[] = [
  { begins: "PAR1", what: 'this is a Parquet file. Read it with parquet of "wasmgrad/parquet".' },
  { begins: "ARROW1", what: 'this is an Arrow file. Read it with arrow of "wasmgrad/arrow".' },
  { begins: "\xff\xff\xff\xff", what: 'this is an Arrow stream. Read it with arrow of "wasmgrad/arrow".' },
  { begins: "FEA1", what: "this is a Feather file of version 1. Save it as Arrow (version 2)." },
  { begins: "SQLite format 3\0", what: 'this is a SQLite file. Read it with sqlite of "wasmgrad/sqlite".' },
  { begins: "PK\x03\x04", what: "this is a zip archive, as those of Excel are. Unpack it, or save the sheet as CSV." },
  { begins: "\xd0\xcf\x11\xe0", what: "this is a file of old Office programs. Save the sheet as CSV." },
  { begins: "%PDF", what: "this is a PDF file. Save its table as CSV." },
  { begins: "BZh", what: "this is compressed with bzip2. Unpack it, or compress it with gzip." },
  { begins: "\xfd7zXZ\0", what: "this is compressed with xz. Unpack it, or compress it with gzip." },
  { begins: "\x28\xb5\x2f\xfd", what: "this is compressed with zstd. Unpack it, or compress it with gzip." },
  { begins: "\x89PNG", what: "this is a picture." },
  { begins: "\x89HDF", what: "this is an HDF5 file. Save its table as CSV or Parquet." },
  { begins: "\x93NUMPY", what: "this is a NumPy array. Save it as CSV." },
];

/** What some first bytes are that are no text; undefined for all others. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  const is = (begins: string) => [...begins].every((character, i) => bytes[i] === character.charCodeAt(0));
  return FORMATS.find(({ begins }) => is(begins))?.what;
}
