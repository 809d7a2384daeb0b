import type * as H5 from 'h5wasm';

const done = new WeakSet<object>();

/**
 * From now on the library reads the strings in attributes as UTF-8. Python's h5py marks byte strings as ASCII whatever is in them,
 * which are layers' names in UTF-8 where Keras wrote them; ASCII itself is the same in both.
 */
export function readTextAsUtf8(module: typeof H5.Module): void {
  if (done.has(module)) return;
  done.add(module);
  const { get_attribute_metadata: read } = module;
  const UTF8 = 1;
  Object.assign(module, {
    get_attribute_metadata(...call: Parameters<typeof read>) {
      const metadata = read(...call);
      return metadata.type === module.H5T_class_t.H5T_STRING.value ? { ...metadata, cset: UTF8 } : metadata;
    },
  });
}
