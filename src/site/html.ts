/** HTML that is safe to be put into a page. */
export class Html {
  constructor(private readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A template whose values are escaped: html`<b>${name}</b>`. Values made by `html` stay as they are, lists are joined, null, undefined and
 * false are left out.
 */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  let text = parts[0]!;
  for (let at = 0; at < values.length; at++) text += textOf(values[at]) + parts[at + 1]!;
  return new Html(text);
}

function textOf(value: unknown): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (value === null || value === undefined || value === false) return '';
  return escapeHtml(String(value));
}

/** Attributes of a start tag, each after a space; those that are undefined are left out. */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): Html {
  let text = '';
  for (const name in values) {
    const value = values[name];
    if (value !== undefined)
      text += typeof value === 'number' ? ` ${name}="${value}"` : ` ${name}="${escapeHtml(value)}"`;
  }
  return new Html(text);
}

/** Text as it may stand in an element or an attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
