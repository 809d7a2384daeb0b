import { randomBytes } from 'node:crypto';
import type { Redis as Client } from 'ioredis';
import { z } from 'zod/v4';
import { contractSchema } from './contract.ts';
import type { Contract } from './contract.ts';
import { PREFIX } from './connection.ts';

/** Which builds there are, so that a worker can tell before it takes a job whose jobs it may take. Times are the server's. */

const BUILDS = `${PREFIX}:builds`;
const buildKey = (id: string): string => `${PREFIX}:build:${id}`;
const refusalsKey = (id: string): string => `${PREFIX}:build:${id}:refusals`;

/** Milliseconds. */
const SIGN_OF_LIFE = 5_000;
const PATIENCE = 30_000;

const buildSchema = z.strictObject({ contract: contractSchema });

export interface Announcement {
  /** Why workers refused this build, since it was last asked. */
  refusals(): Promise<readonly string[]>;
  end(): Promise<void>;
}

/** Says that there is a build, as long as this process lives. */
export async function announceBuild(client: Client, contract: Contract): Promise<Announcement> {
  const id = randomBytes(8).toString('hex');
  const value = JSON.stringify({ contract });
  const write = async (): Promise<void> => {
    await client.set(buildKey(id), value, 'PX', PATIENCE);
    await client.sadd(BUILDS, id);
  };
  await write();
  const timer = setInterval(() => void write().catch(() => {}), SIGN_OF_LIFE);
  const heard = new Set<string>();
  return {
    async refusals() {
      const all = z
        .record(z.string(), z.string().max(4_000))
        .safeParse(await client.hgetall(refusalsKey(id)));
      const fresh = Object.entries(all.data ?? {}).filter(([worker]) => !heard.has(worker));
      for (const [worker] of fresh) heard.add(worker);
      return fresh.map(([worker, why]) => `A worker (\`${worker}\`) takes no job of this build. ${why}`);
    },
    async end() {
      clearInterval(timer);
      await client.srem(BUILDS, id);
      await client.del(buildKey(id), refusalsKey(id));
    },
  };
}

export interface Build {
  readonly id: string;
  readonly contract: Contract;
}

/** The builds that wait for results. */
export async function listBuilds(client: Client): Promise<readonly Build[]> {
  const ids = (await client.smembers(BUILDS)).filter((id) => /^[0-9a-f]{16}$/.test(id));
  const builds: Build[] = [];
  for (const id of ids) {
    const text = await client.get(buildKey(id));
    if (text === null) await client.srem(BUILDS, id);
    const build = text === null ? undefined : parse(text);
    if (build) builds.push({ id, ...build });
  }
  return builds;
}

/** Tells a build that this worker takes none of its jobs. */
export async function refuseBuild(client: Client, { id }: Build, worker: string, why: string): Promise<void> {
  await client.hset(refusalsKey(id), worker, why);
  await client.pexpire(refusalsKey(id), 10 * PATIENCE);
}

function parse(text: string): Pick<Build, 'contract'> | undefined {
  try {
    return buildSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
