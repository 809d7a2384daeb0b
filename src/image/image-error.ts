/** An image that cannot be used; `reason` is one or several sentences that do not name the file. */
export class ImageError extends Error {
  readonly reason: string;
  /** Whether the file's content is the reason, and not the machine or the moment: false goes into no cache. */
  readonly lasting: boolean;

  constructor(reason: string, cause?: unknown, lasting = true) {
    super(reason, { cause });
    this.lasting = lasting;
    this.name = 'ImageError';
    this.reason = reason;
  }
}
