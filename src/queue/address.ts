import { UserError } from '../errors.ts';

/** Where a queue is. */
export interface QueueAddress {
  /** With the password, if there is one: for the connection alone. */
  readonly url: string;
  /** What is printed: without user and password. */
  readonly shown: string;
}

const CHOICES = ['redis://localhost:6379', 'rediss://user:password@host:6380/0'];

/** @throws UserError that does not repeat what was given: it may have a password */
export function parseQueueAddress(text: string): QueueAddress {
  const wrong = (why: string): UserError =>
    new UserError({
      what: '`--queue` is not the address of a Redis server.',
      why,
      hint: 'Redis and Valkey servers have addresses such as these; `rediss` is encrypted.',
      choices: CHOICES,
    });
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw wrong('It cannot be read as an address.');
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw wrong('It begins neither with `redis://` nor with `rediss://`.');
  if (url.hostname === '') throw wrong('It names no host.');
  if (!/^\/?\d*$/.test(url.pathname)) throw wrong('What follows the host must be the number of a database.');
  const shown = `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  return { url: url.href, shown };
}

/** Takes users and passwords out of addresses in a text. */
export function withoutCredentials(text: string): string {
  return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*(?:@|$)/gi, (whole: string, scheme: string) =>
    whole.endsWith('@') ? scheme : whole,
  );
}
