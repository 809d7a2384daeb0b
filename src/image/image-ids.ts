import { sha256 } from '../hash.ts';

const MAX_LENGTH = 60;

/**
 * One id for each label, in order: lower-case letters a-z, digits and hyphens only, made from the label without its
 * ending (`a/01-Chelsea.jpg` is `a-01-chelsea`), unique. An id changes only with its own label or where another label
 * takes the same id first: the later one then adds its ending, or a number.
 */
export function imageIds(images: readonly { readonly file: string }[]): string[] {
  const taken = new Set<string>();
  return images.map(({ file }) => {
    const plain = slug(file.replace(/\.[A-Za-z0-9]{1,5}(?=$| \(\d+,\d+\)$)/, ''), file);
    const id = firstFree(plain, () => slug(file, file), taken);
    taken.add(id);
    return id;
  });
}

function firstFree(plain: string, withEnding: () => string, taken: ReadonlySet<string>): string {
  if (!taken.has(plain)) return plain;
  const whole = withEnding();
  if (!taken.has(whole)) return whole;
  for (let number = 2; ; number++) if (!taken.has(`${plain}-${number}`)) return `${plain}-${number}`;
}

/** Where letters had to be left out (other scripts) or the name is long, a few digits of its hash keep names apart. */
function slug(text: string, file: string): string {
  const ascii = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const name = ascii.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const lossy = name === '' || name.length > MAX_LENGTH || /[^\p{ASCII}\p{P}\p{Z}\p{S}]/u.test(ascii);
  if (!lossy) return name;
  const hash = sha256(file).slice(0, 8);
  const stem = name.slice(0, MAX_LENGTH - hash.length - 1).replace(/-+$/, '');
  return stem === '' ? `image-${hash}` : `${stem}-${hash}`;
}
