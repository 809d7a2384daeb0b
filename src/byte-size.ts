/** The size of a file: `59 MB`, `3.2 MB`. A megabyte is 1,000,000 bytes, as in downloads. */
export function fileSize(bytes: number): string {
  if (bytes < 100_000) return `${bytes.toLocaleString('en')} bytes`;
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })} MB`;
}

/** An amount of memory, or of data that takes as much: `256 MB`, `12 kB`. A megabyte is 1,048,576 bytes, as in limits. */
export function memorySize(bytes: number): string {
  const megabytes = bytes / 2 ** 20;
  if (megabytes < 1) return `${Math.ceil(bytes / 1024).toLocaleString('en')} kB`;
  return `${megabytes >= 100 ? Math.round(megabytes).toLocaleString('en') : megabytes.toFixed(1)} MB`;
}
