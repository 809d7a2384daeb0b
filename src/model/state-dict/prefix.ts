import type { StateDict } from './torch-contents.ts';

/** Names that are compared with all others to find what stands before them. */
const SAMPLES = 8;
const MAX_PREFIXES = 64;

/**
 * Leaves out what stands before every name: `module.` of DataParallel, `_orig_mod.` of torch.compile, `model.` of Lightning.
 * @param expected names of the network
 * @returns entries by the rest of their names, and the names of entries that have another beginning
 */
export function withoutPrefix(
  tensors: StateDict,
  expected: ReadonlySet<string>,
): { readonly inside: StateDict; readonly outside: readonly string[] } {
  const prefixes = new Set(['']);
  for (const entry of [...expected].slice(0, SAMPLES))
    for (const name of tensors.keys())
      if (name.endsWith(`.${entry}`) && prefixes.size < MAX_PREFIXES)
        prefixes.add(name.slice(0, -entry.length));
  const hits = [...prefixes].map((prefix) => ({
    prefix,
    count: [...expected].filter((entry) => tensors.has(prefix + entry)).length,
  }));
  const { prefix } = hits.reduce((best, each) => (each.count > best.count ? each : best));
  const inside = new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
  return { inside, outside: [...tensors.keys()].filter((name) => !name.startsWith(prefix)) };
}
