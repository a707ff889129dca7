import type { ModuleProvider } from "./modules";

/** Compiled modules that are part of the package: none, but in its build for edge runtimes, see src/edge/packaged.ts. */
export const packagedModule: ModuleProvider = () => undefined;
