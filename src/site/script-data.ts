/** Data for pages as classic scripts: pages from disk may run one, but not fetch. */

/** JSON that may stand in a script. */
export function scriptJson(value: unknown): string {
  // U+2028 and U+2029 end a line in old JavaScript, `<` could end a script element.
  return JSON.stringify(value).replaceAll(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A script that puts a value below a name into an object of `window`. */
export function entryScript(object: string, name: string, value: unknown): string {
  return `(window.${object}??={})[${scriptJson(name)}]=${scriptJson(value)};\n`;
}
