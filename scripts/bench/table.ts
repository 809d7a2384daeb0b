export interface Measurement {
  readonly name: string;
  readonly backend: string;
  readonly milliseconds: number;
  /** Milliseconds of all cores together: tells more than the clock where others use the machine as well. */
  readonly processor?: number;
}

/**
 * One row for each piece of work, one column for each backend: time as a ratio to that of the first backend which did it,
 * and in milliseconds. Ratios are what can be compared between machines.
 */
export function formatTable(measurements: readonly Measurement[]): string {
  const backends = [...new Set(measurements.map(({ backend }) => backend))];
  const names = [...new Set(measurements.map(({ name }) => name))];
  const time = (name: string, backend: string): number | undefined =>
    measurements.find((each) => each.name === name && each.backend === backend)?.milliseconds;
  const cell = (name: string, backend: string): string => {
    const own = time(name, backend);
    const base = measurements.find((each) => each.name === name)?.milliseconds;
    if (own === undefined) return '';
    return `${base ? (own / base).toFixed(2) : '-'} (${own < 10 ? own.toFixed(1) : own.toFixed(0)} ms)`;
  };
  const rows = [
    ['', ...backends],
    ...names.map((name) => [name, ...backends.map((each) => cell(name, each))]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
