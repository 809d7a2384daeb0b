import type * as bullmq from 'bullmq';
import type * as ioredis from 'ioredis';
import { requirePackage } from '../backend/require-package.ts';
import { UserError } from '../errors.ts';

type Bull = Pick<typeof bullmq, 'Queue' | 'QueueEvents' | 'Worker' | 'UnrecoverableError' | 'WaitingError'> &
  Pick<typeof ioredis, 'Redis'>;

/** Optional packages: who computes on one machine does without. @throws UserError where they are not installed */
export function loadBull(load: (name: string) => unknown = requirePackage): Bull {
  const missing: string[] = [];
  const get = (name: string): unknown => {
    try {
      return load(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
      missing.push(name);
      return {};
    }
  };
  const found = { ...(get('bullmq') as object), ...(get('ioredis') as object) } as Bull;
  if (missing.length === 0) return found;
  throw new UserError({
    what: `\`--queue\` needs ${missing.map((name) => `\`${name}\``).join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not installed.`,
    hint: 'Run `npm install bullmq ioredis`.',
  });
}
