import { relative } from 'node:path';

/** A message without the folder that the test made: messages name it as it is shorter, whole or from where the tests run. */
export function nameless(message: string, folder: string, name: string): string {
  return message.replaceAll(folder, name).replaceAll(relative(process.cwd(), folder), name);
}
