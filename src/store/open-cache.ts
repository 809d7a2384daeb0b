import { openStore } from './store.ts';
import type { Store, StoreOptions } from './store.ts';
import { shareStore } from './shared/share.ts';
import type { SharedSession } from './shared/join-store.ts';

export interface CacheOptions extends StoreOptions {
  /** The shared store that the cache is in front of. */
  readonly shared?: SharedSession | undefined;
}

/** The cache, and the shared store behind it where there is one. */
export function openCache(folder: string, { shared, ...options }: CacheOptions = {}): Store {
  const local = openStore(folder, options);
  return shared ? shareStore(local, shared, options.onDamaged) : local;
}
