/** Absolute folder of this package. */
export const root: string;
/** Absolute folder holding filterscope.js and worker.js, kept for this process until it ends. */
export function compile(): Promise<string>;
