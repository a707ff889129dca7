import type { StoredTensor } from "./file";

/** Tensors of one module while modules are being made. */
export interface Group {
  readonly parts: Map<string, StoredTensor>;
  /** Whether it was made of several. */
  readonly isJoined?: boolean;
}

/** Names of the projections of attention, beside each other in one module: queries, keys, values, output. */
const APART: readonly (readonly [string, string, string, string])[] = [
  ["q_proj", "k_proj", "v_proj", "out_proj"],
  ["q_proj", "k_proj", "v_proj", "o_proj"],
  ["q_lin", "k_lin", "v_lin", "out_lin"],
  ["wq", "wk", "wv", "wo"],
  ["q", "k", "v", "o"],
  ["attn_q", "attn_k", "attn_v", "attn_output"],
  ["self.query", "self.key", "self.value", "output.dense"],
  ["attention.query", "attention.key", "attention.value", "output.dense"],
];

/** The same where one projection makes queries, keys and values. */
const JOINT: readonly (readonly [string, string])[] = [
  ["c_attn", "c_proj"],
  ["qkv", "proj"],
  ["attn", "proj"],
  ["attn_qkv", "attn_output"],
];

const ROLES = ["query", "key", "value"] as const;

/** Whether a matrix has three times as many outputs as inputs. */
function isThreefold(group: Group): boolean {
  const [rows = 0, columns = 0] = group.parts.get("weight")?.shape ?? [];
  return rows === 3 * columns || columns === 3 * rows;
}

/** Adds the tensors of a projection to a module, under names of its own. */
function adopt(target: Map<string, StoredTensor>, from: Group, prefix: string): void {
  for (const [param, tensor] of from.parts) target.set(prefix + param, tensor);
}

/** The module that a name ends, with its separator; undefined for other names. */
function around(path: string, name: string): string | undefined {
  if (path === name) return "";
  return path.endsWith(`.${name}`) ? path.slice(0, -name.length) : undefined;
}

interface Found {
  /** The path of the first of them is where the module of all stands. */
  readonly path: string;
  readonly members: readonly string[];
  readonly parts: Map<string, StoredTensor>;
}

function findAt<T extends Group>(groups: ReadonlyMap<string, T>, path: string): Found | undefined {
  const own = groups.get(path)!;
  if (own.parts.has("in_proj_weight") || own.parts.has("q_proj_weight")) {
    const out = groups.get(`${path}.out_proj`);
    if (!out) return undefined;
    const parts = new Map(own.parts);
    adopt(parts, out, "out_");
    return { path, members: [path, `${path}.out_proj`], parts };
  }
  for (const [joint, out] of JOINT) {
    const parent = around(path, joint);
    const other = parent === undefined ? undefined : groups.get(parent + out);
    if (!other || !isThreefold(own)) continue;
    const parts = new Map<string, StoredTensor>();
    adopt(parts, own, "in_proj_");
    adopt(parts, other, "out_");
    return { path: parent!.slice(0, -1) || path, members: [path, parent + out], parts };
  }
  for (const [query, ...others] of APART) {
    const parent = around(path, query);
    if (parent === undefined) continue;
    const members = [path, ...others.map((name) => parent + name)];
    const found = members.map((name) => groups.get(name));
    if (!found.every((group) => group !== undefined)) continue;
    const parts = new Map<string, StoredTensor>();
    ROLES.forEach((role, i) => {
      adopt(parts, found[i], `${role}/`);
    });
    adopt(parts, found[3], "out_");
    return { path: parent.slice(0, -1) || path, members, parts };
  }
  return undefined;
}

/** Makes one module of the projections of attention, where the model has layers that have them all. */
export function joinAttention<T extends Group>(groups: ReadonlyMap<string, T>): Map<string, T> {
  const taken = new Set<string>();
  const joined = new Map<string, Found>();
  for (const path of groups.keys()) {
    const found = findAt(groups, path);
    if (!found || found.members.some((member) => taken.has(member))) continue;
    for (const member of found.members) taken.add(member);
    joined.set(path, found);
  }
  const result = new Map<string, T>();
  for (const [path, group] of groups) {
    const found = joined.get(path);
    if (found) {
      const name = groups.has(found.path) && found.path !== path ? path : found.path;
      result.set(name, { ...group, parts: found.parts, isJoined: true });
    } else if (!taken.has(path)) result.set(path, group);
  }
  return result;
}
