import { Option } from 'commander';
import { UserError } from '../errors.ts';
import { parseQueueAddress } from '../queue/address.ts';
import type { QueueAddress } from '../queue/address.ts';
import type { SharedOptions } from './shared-options.ts';

/** Where an address may stand that has a password: command lines are seen by other users. */
export const QUEUE_VARIABLE = 'FILTERSCOPE_QUEUE';

export function queueOption(description: string): Option {
  return new Option('--queue <url>', description).env(QUEUE_VARIABLE);
}

/** Undefined where there is none. @throws UserError */
export function readQueue(
  own: Readonly<Record<string, unknown>>,
  { store }: SharedOptions,
): QueueAddress | undefined {
  const text = own['queue'];
  if (text === undefined) return undefined;
  const address = parseQueueAddress(String(text));
  if (store !== undefined) return address;
  throw new UserError({
    what: '`--queue` needs `--store`.',
    why: 'Builds and workers pass inputs and results through a shared store.',
    hint: 'Name a folder that all of them see, or a bucket.',
    choices: ['--store /shared/filterscope', '--store s3://bucket/prefix'],
  });
}
