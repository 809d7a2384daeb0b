import { html } from './html.ts';
import type { OwnPresentation } from './techniques/presentation.ts';

type Hook = (...args: never[]) => unknown;

const isHook = (value: unknown): value is Hook => typeof value === 'function';

/**
 * A project's presentation whose functions never throw: where one fails, pages show what they would without it, and the place of its HTML
 * says so.
 * @param warn called once for each function that fails
 */
export function guarded(own: OwnPresentation, warn: (message: string) => void): OwnPresentation {
  const reported = new Set<string>();
  const guard =
    (name: string, hook: Hook, instead: () => unknown): Hook =>
    (...args) => {
      try {
        return hook(...args);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (!reported.has(name))
          warn(`The presentation of \`${own.technique}\` failed in \`${name}\`: ${reason}`);
        reported.add(name);
        return instead();
      }
    };
  const guardAll = <T extends object>(group: T, prefix: string, instead: () => unknown): T =>
    Object.fromEntries(
      Object.entries(group).map(([key, value]: [string, unknown]) => [
        key,
        isHook(value) ? guard(prefix + key, value, instead) : value,
      ]),
    ) as T;
  const { html: parts, ...others } = own;
  return {
    ...guardAll(others, '', () => undefined),
    ...(parts && { html: guardAll(parts, 'html.', failureNote) }),
  };
}

const failureNote = () => html`<p class="quiet">The presentation of this technique failed here.</p>`;
