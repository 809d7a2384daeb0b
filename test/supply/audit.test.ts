import { describe, expect, it } from 'vitest';

interface Exception {
  readonly id: string;
  readonly package: string;
  readonly reason: string;
  readonly until: string;
}
interface Audit {
  judge(
    report: unknown,
    exceptions: readonly Partial<Exception>[],
    today: string,
  ): { skipped?: string; problems: string[]; excepted: string[] };
}

// Plain JavaScript, which runs before anything is installed: it has no types.
const { judge } = (await import(new URL('../../.ci/audit.mjs', import.meta.url).href)) as Audit;

/** As npm 10 and 11 print it: a package with an advisory, and one that depends on it. */
const report = {
  auditReportVersion: 2,
  vulnerabilities: {
    lodash: {
      name: 'lodash',
      severity: 'high',
      via: [
        {
          source: 1106913,
          name: 'lodash',
          title: 'Command Injection in lodash',
          url: 'https://github.com/advisories/GHSA-35jh-r3h4-6jhm',
          severity: 'high',
          range: '<4.17.21',
        },
      ],
    },
    parent: { name: 'parent', severity: 'high', via: ['lodash'] },
  },
};
const exception: Exception = {
  ...{ id: 'GHSA-35jh-r3h4-6jhm', package: 'lodash' },
  ...{ reason: 'Its template function is not called.', until: '2027-01-31' },
};

describe('the audit of the lock file', () => {
  it('fails on a finding without an exception, once', () => {
    expect(judge(report, [], '2026-12-01').problems).toEqual([
      'GHSA-35jh-r3h4-6jhm: lodash <4.17.21, high: Command Injection in lodash.',
    ]);
  });

  it('passes one with an exception, and says why', () => {
    expect(judge(report, [exception], '2027-01-31')).toEqual({
      problems: [],
      excepted: ['GHSA-35jh-r3h4-6jhm (lodash): Its template function is not called. Until 2027-01-31.'],
    });
  });

  it.each([
    ['has expired', exception, '2027-02-01', 'ended on 2027-01-31'],
    [
      'has no reason',
      { ...exception, reason: '' },
      '2026-12-01',
      'needs `id`, `package`, `reason` and `until`',
    ],
    [
      'has no date',
      { ...exception, until: 'later' },
      '2026-12-01',
      'needs `id`, `package`, `reason` and `until`',
    ],
  ])('fails where an exception %s, also without an answer', (_, given, today, message) => {
    expect(judge(report, [given], today).problems.join()).toContain(message);
    expect(judge({ message: '405' }, [given], today).problems.join()).toContain(message);
  });

  it('does not take an exception for another package', () => {
    expect(judge(report, [{ ...exception, package: 'lodash-es' }], '2026-12-01').problems).toHaveLength(1);
  });

  it('skips where the service gives no answer, and passes where it knows of nothing', () => {
    expect(judge({ message: '405 Method Not Allowed', error: {} }, [], '2026-12-01')).toEqual({
      ...{ skipped: '405 Method Not Allowed', problems: [], excepted: [] },
    });
    expect(judge({ vulnerabilities: {} }, [], '2026-12-01')).toEqual({ problems: [], excepted: [] });
  });
});
