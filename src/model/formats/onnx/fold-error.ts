/** A node that cannot be carried out as the file has it. `message` is a clause without a full stop; the node is named by the caller. */
export class FoldError extends Error {
  /** What to do about it, if there is more to say than for any other node. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'FoldError';
    this.hint = hint;
  }
}
