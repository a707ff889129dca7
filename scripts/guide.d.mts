/** A step of the guide in CONTRIBUTING.md. */
export type Step =
  | { kind: "create"; file: string; text: string }
  | { kind: "insert"; file: string; anchor: string; text: string }
  | { kind: "run"; commands: string[] };

export function steps(guide?: string): Step[];
export function inserted(content: string, step: Step & { kind: "insert" }): string;
export function edit(folder: string, step: Step): void;
