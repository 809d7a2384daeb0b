import type * as Sdk from '@aws-sdk/client-s3';
import { UserError } from '../../errors.ts';

/** The client and what builds its requests: loaded when a store in a bucket is used. */
export interface S3 {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  /** Host and port of a service that is not AWS', for messages. */
  readonly host: string | undefined;
}

const MISSING = {
  what: 'A shared store in a bucket needs the package `@aws-sdk/client-s3`, which is not installed.',
  hint: 'Run `npm install @aws-sdk/client-s3` in the project.',
} as const;

/** What it has to say is in its errors. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Milliseconds. */
const CONNECT = 5_000;

/**
 * Credentials, profile and region come from where the AWS tools find them, the endpoint from AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile.
 * Other services than AWS' are asked by path, since few have a name for each bucket.
 */
export async function connect(): Promise<S3> {
  const sdk = await import('@aws-sdk/client-s3').catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' ? new UserError(MISSING) : error;
  });
  const settings: Sdk.S3ClientConfig = {
    // Repeating is ours: an outage may be longer than a few tries, and its end must be noticed soon.
    maxAttempts: 1,
    followRegionRedirects: true,
    // Checksums are ours, too: SHA-256 of what is sent, and of what was read when it was written.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT },
    logger: silent,
  };
  const host = await hostOf(sdk, settings);
  if (host === undefined) return { sdk, client: new sdk.S3Client(settings), host };
  const { region = SOME_REGION } = await regionOf(sdk, settings);
  return { sdk, client: new sdk.S3Client({ ...settings, region, forcePathStyle: true }), host };
}

/** Services other than AWS' rarely have any. */
const SOME_REGION = 'us-east-1';

async function regionOf(sdk: typeof Sdk, settings: Sdk.S3ClientConfig): Promise<{ region?: string }> {
  const client = new sdk.S3Client(settings);
  try {
    return { region: await client.config.region() };
  } catch {
    return {};
  } finally {
    client.destroy();
  }
}

/** Where a request would go, with its port; undefined where that is AWS. No request is sent. */
async function hostOf(sdk: typeof Sdk, settings: Sdk.S3ClientConfig): Promise<string | undefined> {
  const client = new sdk.S3Client({ ...settings, region: SOME_REGION });
  let host: string | undefined;
  client.middlewareStack.add(
    () => (args) => {
      const { hostname, port } = args.request as { hostname: string; port?: number };
      if (!/\.amazonaws\.com(\.cn)?$/.test(hostname))
        host = port === undefined ? hostname : `${hostname}:${port}`;
      throw new Error('not sent');
    },
    { step: 'build', priority: 'high' },
  );
  try {
    await client.send(new sdk.ListBucketsCommand({}));
  } catch {
    // Not sent.
  } finally {
    client.destroy();
  }
  return host;
}
