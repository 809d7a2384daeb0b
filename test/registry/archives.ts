import { deflateRawSync, gzipSync } from 'node:zlib';
import { crc32 } from './crc32.ts';

/** An entry as written, whatever that means to a reader. */
export interface TarSpec {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** POSIX' letter: 0 file, 1 hard link, 2 symbolic link, 3 device, 5 folder, x pax record, L GNU long name. */
  readonly type?: string;
  /** What the header says, where that is not the length of `data`: a number, or the field as it is. */
  readonly size?: number | Uint8Array;
  readonly link?: string;
  readonly prefix?: string;
}

const encode = (data: Uint8Array | string = ''): Uint8Array =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;

/** After POSIX' description of ustar, field by field. */
export function tar(entries: readonly TarSpec[]): Buffer {
  const blocks = entries.flatMap(({ name, data, type = '0', size, link = '', prefix = '' }) => {
    const bytes = encode(data);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    if (typeof size === 'object') header.set(size, 124);
    else header.write(`${(size ?? bytes.length).toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write(' '.repeat(8), 148);
    header.write(type, 156);
    header.write(link, 157, 100);
    header.write('ustar\0', 257);
    header.write('00', 263);
    header.write(prefix, 345, 155);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export const tarGz = (entries: readonly TarSpec[]): Buffer => gzipSync(tar(entries));

/** `length key=value\n`, the length counting itself. */
export function pax(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = [1, 2, 3, 4]
    .map((digits) => rest.length + digits)
    .find((n, i) => String(n).length === i + 1)!;
  return `${length}${rest}`;
}

export interface ZipSpec {
  readonly name: string;
  readonly data?: Uint8Array | string;
  /** Unix mode with the type of file; without one the archive says nothing of it. */
  readonly mode?: number;
  /** What the list says, where that is not the length of `data`. */
  readonly size?: number;
  readonly stored?: boolean;
  readonly encrypted?: boolean;
  readonly method?: number;
}

/** After PKWARE's description, field by field. */
export function zip(entries: readonly ZipSpec[]): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, data, mode, size, stored = false, encrypted = false, method } of entries) {
    const bytes = encode(data);
    const packed = stored ? Buffer.from(bytes) : deflateRawSync(bytes);
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(encrypted ? 1 : 0, 2);
    common.writeUInt16LE(method ?? (stored ? 0 : 8), 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(size ?? bytes.length, 18);
    common.writeUInt16LE(title.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), common, title, packed);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(((mode ?? 0) << 16) >>> 0, 6);
    end.writeUInt32LE(at, 10);
    list.push(Buffer.from('PK\x01\x02'), Buffer.from([20, mode === undefined ? 0 : 3]), common, end, title);
    at += 30 + title.length + packed.length;
  }
  const listing = Buffer.concat(list);
  const tail = Buffer.alloc(22);
  tail.write('PK\x05\x06', 0, 'latin1');
  tail.writeUInt16LE(entries.length, 8);
  tail.writeUInt16LE(entries.length, 10);
  tail.writeUInt32LE(listing.length, 12);
  tail.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listing, tail]);
}
