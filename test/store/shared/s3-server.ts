import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

/** Moto's server, from PyPI (`pip install 'moto[server]'`): the whole interface of S3, in memory. Undefined where it is not installed. */
export const s3Program: string | undefined = [process.env['FILTERSCOPE_S3_SERVER'], 'moto_server'].find(
  (program) => program !== undefined && spawnSync(program, ['--help']).status === 0,
);

export const CREDENTIALS = {
  accessKeyId: 'AKIDTESTTESTTEST',
  secretAccessKey: 'secret/never+shown',
} as const;

export interface S3Server {
  readonly port: number;
  stop(): void;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server with an empty bucket `lab`. */
export async function startS3(): Promise<S3Server> {
  const port = await freePort();
  const server = spawn(s3Program!, ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
    // So that a listing has several answers.
    env: { ...process.env, MOTO_S3_DEFAULT_MAX_KEYS: '10' },
  });
  const client = new S3Client({
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: CREDENTIALS,
  });
  for (let attempt = 0; ; attempt++) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'lab' }));
      break;
    } catch (error) {
      if (attempt > 300 || server.exitCode !== null) throw error;
      await sleep(100);
    }
  }
  client.destroy();
  return { port, stop: () => void server.kill() };
}

/** For the rest of a test: what this machine has of AWS plays no part. */
export function useS3(port: number): void {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', CREDENTIALS.secretAccessKey);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
}

/** Says so where tests of S3 are skipped. */
export function mentionMissingS3(): void {
  if (s3Program === undefined)
    process.stderr.write(
      "Skipped: tests of S3 need moto's server (`pip install 'moto[server]'`), or its path in FILTERSCOPE_S3_SERVER.\n",
    );
}
