import { resolve } from 'node:path';
import { UserError } from '../../errors.ts';

export type Location =
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

/** What `--store` may be, for messages. */
export const STORE_FORMS = ['a folder', '`s3://bucket/prefix`'] as const;

/**
 * Where a shared store is. Credentials are no part of it: they would be seen in lists of processes, in logs and in jobs.
 * @throws UserError which does not repeat them
 */
export function parseLocation(text: string): Location {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return { kind: 'folder', folder: text };
  if (scheme !== 's3') {
    throw new UserError({
      what: `Unsupported kind of shared store: \`${scheme}://\`.`,
      hint: `\`--store\` must be ${STORE_FORMS.join(' or ')}. Other services are reached by their S3 interface and AWS_ENDPOINT_URL_S3.`,
    });
  }
  const [bucket = '', ...steps] = text.slice('s3://'.length).split('/');
  const prefix = steps.filter((step) => step !== '');
  if (bucket.includes('@') || bucket.includes(':')) {
    throw new UserError({
      what: 'The address of the shared store contains credentials or a port.',
      why: 'Command lines are seen by other users of the machine.',
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile, and AWS_ENDPOINT_URL_S3; write `s3://bucket/prefix`.',
    });
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) || prefix.some(isUnsafe)) {
    throw new UserError({
      what: `The address of the shared store is not of the form \`s3://bucket/prefix\`: \`${text}\`.`,
      why: "A bucket has 3 to 63 lower-case letters, digits, dots and hyphens; a prefix has letters, digits and `!-_.*'()`, and no step is `.` or `..`.",
    });
  }
  return { kind: 's3', bucket, prefix: prefix.join('/') };
}

const isUnsafe = (step: string): boolean => /^\.{1,2}$/.test(step) || !/^[\w!.*'()-]+$/.test(step);

/** The same store, whatever folder a process works in. @param folder that relative paths are taken from */
export function resolveLocation(folder: string, store: string): string {
  return parseLocation(store).kind === 'folder' ? resolve(folder, store) : store;
}
