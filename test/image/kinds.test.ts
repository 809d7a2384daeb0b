import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/image/decode.ts';
import { packageRoot } from '../../src/package-root.ts';

/** Made by make.py in that folder, with references that are independent of the code here. */
const folder = join(packageRoot, 'test', 'fixtures', 'images');
type Reference = { shows: string; tolerance: number } | { refused: string };
const references = Object.entries(
  JSON.parse(readFileSync(join(folder, 'reference.json'), 'utf8')) as Record<string, Reference>,
);

const decode = (file: string) =>
  decodeImage(readFileSync(join(folder, file)), { height: 12, width: 16, channels: 3, fit: 'stretch' });

describe('every kind of file', () => {
  it('has a reference', () => {
    const files = readdirSync(folder).filter((file) => !/\.(py|json)$/.test(file));
    expect(references.map(([file]) => file).sort()).toEqual(files.sort());
  });

  it.each(references.filter(([, reference]) => 'shows' in reference))(
    '%s shows its scene',
    async (file, reference) => {
      const { shows, tolerance } = reference as Extract<Reference, { shows: string }>;
      const expected = Buffer.from(shows, 'base64');
      const { data } = await decode(file);
      expect(data).toHaveLength(expected.length);
      const worst = Math.max(...data.map((value, index) => Math.abs(value - expected[index]!)));
      expect(worst).toBeLessThanOrEqual(tolerance);
    },
  );

  it.each(references.filter(([, reference]) => 'refused' in reference))(
    '%s is refused',
    async (file, reference) => {
      const { refused } = reference as Extract<Reference, { refused: string }>;
      const reason = await decode(file).then(
        () => 'shown',
        (error: Error) => error.message,
      );
      expect(reason).toContain(refused);
      expect(reason).not.toContain('damaged');
    },
  );
});
