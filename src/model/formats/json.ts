import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';

/** `what` names the text in the error: `config.json`, `the model description`. */
export function parseJson(text: string, what: string, place: Place): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    try {
      return JSON.parse(withoutPythonNumbers(text)) as unknown;
    } catch {
      throw new UserError({
        what: `${what} is not valid JSON`,
        place,
        hint: 'The file is damaged: save or download it again.',
      });
    }
  }
}

/** Strings as they are; outside them, the three numbers that Python writes and JSON does not have. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs;

/** Infinities become numbers too large for a float, which JavaScript reads as infinite; NaN a word that no option takes for a number. */
function withoutPythonNumbers(text: string): string {
  return text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token;
    if (token === 'NaN') return '"NaN"';
    return token === 'Infinity' ? '1e999' : '-1e999';
  });
}
