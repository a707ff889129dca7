/** Inflates zlib's format in JavaScript: loaded where the runtime has no way of its own. */
export { unzlibSync as inflate } from "fflate";
