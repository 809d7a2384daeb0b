import { WorkError } from '../../errors.ts';
import type { Problem } from '../../errors.ts';

/** What is known of a failed request. Nothing else of the client's errors is kept: they hold requests, with their credentials. */
export interface S3Failure {
  /** As the service or Node names it: `SlowDown`, `ECONNREFUSED`. */
  readonly name: string;
  readonly status: number | undefined;
}

/** Bytes that did not arrive as they were sent, by our own reckoning. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}

/** No byte for so long that nothing is expected to come. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

interface ClientError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number };
}

export function failureOf(error: unknown): S3Failure {
  const { name, code, $metadata, $response } = error as ClientError;
  const known = [code, name].find((word) => typeof word === 'string' && /^[A-Za-z][\w.]{2,60}$/.test(word));
  return {
    name: typeof known === 'string' ? known : 'Error',
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
  };
}

export const isAbsent = (error: unknown): boolean => {
  const { name, status } = failureOf(error);
  return name === 'NoSuchKey' || name === 'NotFound' || (status === 404 && name !== 'NoSuchBucket');
};

/** Faults of the way to the service, of clocks, and of a service that has too much to do. */
const PASSING = new Set([
  ...[
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
  ],
  ...[
    'ENETUNREACH',
    'ENETDOWN',
    'ERR_STREAM_PREMATURE_CLOSE',
    'TimeoutError',
    'AbortError',
    'HPE_INVALID_CONSTANT',
  ],
  ...['SilenceError', 'TransferError', 'BadDigest', 'XAmzContentSHA256Mismatch', 'IncompleteBody'],
  ...[
    'RequestTimeout',
    'RequestTimeTooSkewed',
    'SlowDown',
    'Throttling',
    'ThrottlingException',
    'InternalError',
  ],
  ...['ServiceUnavailable', 'OperationAborted', 'TooManyRequestsException'],
]);

/** @param attempt how many times the request has failed before */
export function mayPass(error: unknown, attempt: number): boolean {
  const { name, status } = failureOf(error);
  if (PASSING.has(name)) return true;
  // An answer to HEAD has no name. If the clock of this machine has jumped, the client has corrected its own by now.
  if (status === 403 && !Object.hasOwn(KNOWN, name)) return attempt < 2;
  if (status === undefined) return /socket hang up/.test(String((error as Error | undefined)?.message));
  // An answer of status 200 that makes no sense was cut off.
  return (
    status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 507) || status < 300
  );
}

const CREDENTIALS =
  'Credentials are looked for as the AWS tools do: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of the machine.';

/** By the name of the failure: why, and what to do. */
const KNOWN: Readonly<Record<string, Pick<Problem, 'why' | 'hint'>>> = {
  NoSuchBucket: { why: 'There is no such bucket.', hint: 'Create it, or correct `--store`.' },
  CredentialsProviderError: { why: 'No credentials were found.', hint: CREDENTIALS },
  InvalidAccessKeyId: { why: 'The service does not know the access key.', hint: CREDENTIALS },
  SignatureDoesNotMatch: { why: 'The secret key does not belong to the access key.', hint: CREDENTIALS },
  ExpiredToken: { why: 'The credentials have expired.', hint: 'Renew them, then run the command again.' },
  InvalidToken: { why: 'The service does not accept the session token.', hint: CREDENTIALS },
  AccessDenied: {
    why: 'The credentials do not allow it.',
    hint: 'The store needs s3:GetObject, s3:PutObject and s3:DeleteObject on its objects and s3:ListBucket on the bucket.',
  },
  PermanentRedirect: { why: 'The bucket is in another region.', hint: 'Set AWS_REGION to its region.' },
  AuthorizationHeaderMalformed: {
    why: 'The bucket is in another region.',
    hint: 'Set AWS_REGION to its region.',
  },
  QuotaExceeded: {
    why: 'The quota of the bucket is used up.',
    hint: 'Free some space: `npx filterscope clean --unused`.',
  },
};

/** Words for names that say little. */
const PLAIN: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at that address',
  ENOTFOUND: 'the name of the service has no address',
  EAI_AGAIN: 'names of hosts cannot be looked up',
  SilenceError: 'no answer',
  TimeoutError: 'no connection',
  TransferError: 'the bytes did not arrive as they were sent',
};

/** @param doing as `reading` @param address of the object, with its bucket @param waited milliseconds that it was tried for */
export function s3Problem(
  error: unknown,
  {
    doing,
    address,
    host,
    waited,
  }: { doing: string; address: string; host: string | undefined; waited: number },
): WorkError {
  const { name, status } = failureOf(error);
  const region = /^Region is missing/.test(String((error as Error | undefined)?.message));
  const forbidden = status === 403 ? KNOWN['AccessDenied'] : undefined;
  const known = region
    ? { why: 'No region is set.', hint: 'Set AWS_REGION to the region of the bucket.' }
    : ((Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined) ?? forbidden);
  const answer = [
    status === undefined ? '' : `HTTP ${status} `,
    Object.hasOwn(PLAIN, name) ? `${PLAIN[name]} (${name})` : name,
  ].join('');
  const service = host === undefined ? 'The service' : `\`${host}\``;
  const where = host === undefined ? '' : ` at \`${host}\``;
  const long = waited >= 1_000 ? ` for ${Math.round(waited / 1_000)} s` : '';
  // The client's error is no cause: it holds the request.
  return new WorkError({
    what: `The shared store failed${where}: ${doing} \`${address}\`.`,
    ...(known ?? {
      why: `${service} could not be used${long}: ${answer}.`,
      hint: 'What was computed is in the local cache. Run the same command again when the service is back.',
    }),
  });
}
