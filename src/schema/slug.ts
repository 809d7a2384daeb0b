import { sha256 } from '../hash.ts';

const PLAIN = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?$/;
/** Names that Windows gives to devices, whatever their ending. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/**
 * A folder name for any id. Plain lower-case ids stay as they are; all others are made plain and get `~` and eight hex
 * digits of the id's SHA-256. Plain ids hold no `~`, so that the two kinds never meet, not even where case is ignored.
 */
export function slug(id: string): string {
  if (PLAIN.test(id) && !DEVICE.test(id)) return id;
  const readable = id
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  const digest = sha256(id).slice(0, 8);
  return `${readable}~${digest}`;
}
