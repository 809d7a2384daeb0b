/** How the values of settings are said to a reader. Pure. */

/**
 * What a setting is called, and how its value is said: as it is, where there is only a term; not at all where the function gives undefined.
 * Null: the page shows it.
 */
export type SettingWord =
  string | null | readonly [term: string, say: (value: unknown) => string | undefined];
export type SettingWords = Readonly<Record<string, SettingWord>>;

/** The setting's own words for some values; others are said as they are. */
export const oneOf =
  (words: Readonly<Record<string, string | undefined>>) =>
  (value: unknown): string | undefined =>
    Object.hasOwn(words, String(value)) ? words[String(value)] : describeValue(value);

/** Said only where it is switched on. */
export const onlyIfTrue =
  (text: string) =>
  (value: unknown): string | undefined =>
    value === true ? text : undefined;

export const inPixels = (value: unknown): string => `${joinList(value, ' × ')} pixels`;

/** A value as the experiment file has it, without the marks of YAML. */
export function describeValue(value: unknown): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return joinList(value, ', ');
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    const [key, count] = entries[0] ?? [];
    if (entries.length === 1 && key === 'first') return `the first ${String(count)}`;
    if (entries.length === 1 && key === 'random') return `${String(count)} at random`;
    return entries.map(([name, item]) => `${name}: ${describeValue(item)}`).join(', ');
  }
  const text = String(value);
  if (/^\d+-\d+$/.test(text)) return text.replace('-', '–');
  return text.replace(/^class:/, 'class ').replace(/^-(?=\d)/, '−');
}

export const joinList = (value: unknown, between: string): string =>
  [value]
    .flat()
    .map((each) => describeValue(each))
    .join(between);
