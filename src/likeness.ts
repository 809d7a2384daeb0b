import leven from 'leven';

/** Longer texts are no slip of the pen, and comparing them takes long: their lengths multiply. */
const LONGEST_COMPARED = 100;
/** Among more names than this the nearest is not looked for. */
const MOST_COMPARED = 1000;

/** The valid name nearest to what was written, where one is near enough to be meant. */
export function nearest(written: string, valid: readonly string[]): string | undefined {
  if (written.length > LONGEST_COMPARED || valid.length > MOST_COMPARED) return undefined;
  const plainWritten = plain(written);
  let best: { name: string; distance: number } | undefined;
  for (const name of valid) {
    if (name.length > LONGEST_COMPARED) continue;
    const distance = leven(plainWritten, plain(name));
    if (!best || distance < best.distance) best = { name, distance };
  }
  if (!best) return undefined;
  const allowed = Math.ceil(Math.max(written.length, best.name.length) / 3);
  return best.distance <= allowed ? best.name : undefined;
}

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** All names, the likest first; equally like ones stay in their order. */
export function byLikeness(written: string, names: readonly string[]): string[] {
  const text = written.toLowerCase();
  const distances = new Map(names.map((name) => [name, leven(text, name.toLowerCase())]));
  return [...names].sort((a, b) => distances.get(a)! - distances.get(b)!);
}
