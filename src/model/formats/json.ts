import type { Place } from '../../errors.ts';
import { UserError } from '../../errors.ts';

/** `what` names the text in the error: `config.json`, `the model description`. */
export function parseJson(text: string, what: string, place: Place): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UserError({
      what: `${what} is not valid JSON`,
      place,
      hint: 'The file is damaged: save or download it again.',
    });
  }
}
