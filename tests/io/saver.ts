/** Saves a file again and again until it is killed: `tsx saver.ts path`. Says when it begins. */
import { writeBytes } from "../../src/io/files";

const bytes = new Uint8Array(40_000_000).fill(7);
process.stdout.write("begun\n");
for (;;) await writeBytes(process.argv[2], bytes, "test");
