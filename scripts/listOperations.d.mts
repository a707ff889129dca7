export function listOperations(root?: string): { file: string; text: string }[];
export function writeOperations(root?: string): void;
