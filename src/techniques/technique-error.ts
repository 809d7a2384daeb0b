/** A technique threw while planning, computing or reporting: its views fail, and nothing else does. */
export class TechniqueError extends Error {
  constructor(
    readonly technique: string,
    /** What it threw, in one line, with the place in the source where that is known. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`Technique \`${technique}\` failed: ${reason}`, options);
    this.name = 'TechniqueError';
  }
}
