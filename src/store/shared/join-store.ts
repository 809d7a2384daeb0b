import { setTimeout as sleep } from 'node:timers/promises';
import { folderObjects } from './folder.ts';
import { takeSharedLease } from './leases.ts';
import type { LeaseRequest, SharedLease } from './leases.ts';
import { parseLocation } from './location.ts';
import type { Objects } from './objects.ts';
import { s3Objects } from './s3.ts';

/** A process' use of a shared store. */
export interface SharedSession {
  readonly objects: Objects;
  /** Absent where it only looks. */
  readonly lease?: SharedLease;
  /** Entries that are in the store, or on their way there. */
  readonly known: Set<string>;
  /** Entries whose objects have other bytes than they should: as good as absent, until they are written again. */
  readonly damaged: Set<string>;
  leave(): Promise<void>;
}

/** Milliseconds. A lease that cannot be given back by then runs out by itself. */
const FAREWELL = 5_000;

/** @param address absolute path, or `s3://bucket/prefix` */
export function openObjects(address: string): Objects {
  const location = parseLocation(address);
  if (location.kind === 'folder') return folderObjects(location.folder);
  return s3Objects(location);
}

/**
 * Opens a shared store for work. Waits for a process that is removing entries.
 * @throws UserError where it is no store
 */
export async function joinStore(address: string, request: LeaseRequest): Promise<SharedSession> {
  const objects = openObjects(address);
  try {
    await objects.open();
    const lease = await takeSharedLease(objects, request);
    return {
      objects,
      ...{ lease, known: new Set(), damaged: new Set() },
      async leave() {
        const released = lease.release().catch(() => {});
        await Promise.race([released, sleep(FAREWELL, undefined, { ref: false })]);
        objects.close();
      },
    };
  } catch (error) {
    objects.close();
    throw error;
  }
}

/** Opens a shared store to look at. */
export async function lookIntoStore(address: string): Promise<SharedSession> {
  const objects = openObjects(address);
  await objects.open();
  return {
    ...{ objects, known: new Set(), damaged: new Set() },
    leave() {
      objects.close();
      return Promise.resolve();
    },
  };
}
