/** A file, or a part of it, cannot be read. The message is a sentence about it. */
export class UnreadableFile extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableFile';
  }
}
