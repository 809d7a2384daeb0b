/**
 * Names come from model files, image files and packages that anybody may have made. These functions write out the characters
 * in them that would act on what shows the text instead of being shown: `\u001b` for ESC, as JSON and YAML do, so that JSON
 * stays the same value.
 */

/**
 * Control characters, line and paragraph separators, halves of surrogate pairs, and all that is invisible: formatting, writing
 * direction, zero width.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Asks for the coloured form of the character before it; part of many an emoji. */
const EMOJI_STYLE = '\ufe0f';

/**
 * What must not reach a page as it is: control characters but tab and newline, writing direction. Halves of surrogate pairs cannot:
 * UTF-8 has none. Without the flag `u`, which makes this four times slower.
 */
const UNFIT_FOR_PAGES =
  // eslint-disable-next-line no-control-regex -- finding control characters is the point
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text as it may stand on one line of a terminal or a message: a newline is written out too. */
export function visible(text: string): string {
  return text.replaceAll(HIDDEN, (letter) => (letter === '\n' ? '\\n' : escapeLetter(letter)));
}

/** Text of several lines, as it may be printed: newlines stay. */
export function visibleLines(text: string): string {
  return text.replaceAll(HIDDEN, (letter) => (letter === '\n' ? letter : escapeLetter(letter)));
}

/** HTML as it may be sent to a browser. What a language needs to be written correctly (joiners, soft hyphens) stays. */
export function visibleInPage(html: string): string {
  return html.replaceAll(UNFIT_FOR_PAGES, escapeLetter);
}

/** `\u001b`, one for each half of a surrogate pair. */
function escapeLetter(letter: string): string {
  if (letter === EMOJI_STYLE) return letter;
  const units = Array.from({ length: letter.length }, (_, index) => letter.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
