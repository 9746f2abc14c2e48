import { expect, onTestFinished, test } from 'vitest';

import { documentedLine, originalLine } from '../../../../apiserver/dispatch/loglines.ts';
import type { LoggedStep } from '../../../../apiserver/dispatch/logs.ts';

const logged: LoggedStep = {
  task: {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name: 'a' },
    spec: { correlationID: '1-1', source: 'hubble' },
  },
  step: {
    host: 'a',
    name: 'x',
    action: 'ping',
    start: '2017-07-27T16:37:04Z',
    end: '2017-07-27T16:37:05Z',
    result: 'ok',
  },
};

test('a line of the original ends with a blank, after which it tells why something failed', () => {
  for (const result of ['ok', 'changed', 'skipped', 'running', 'unreachable', 'asyncFailed'] as const)
    expect(originalLine({ ...logged, step: { ...logged.step, result } })).toMatch(
      /, reuslt = (|ok|unreachable|async_failed) $/,
    );
  const failed = { ...logged, step: { ...logged.step, result: 'failed', message: 'no such file' } } as const;
  expect(originalLine(failed)).toMatch(/, reuslt = failed \n\tmessage: no such file\n\t$/);
  expect(documentedLine(logged)).toMatch(/, reuslt = ok$/);
});

test("a failure that the content ignores is marked by the document's line, at its end", () => {
  for (const result of ['failed', 'unreachable'] as const) {
    const ignored = { ...logged, step: { ...logged.step, result, ignored: true } } as const;
    expect(documentedLine(ignored)).toMatch(new RegExp(`, reuslt = ${result}, ignored = true$`));
    expect(originalLine(ignored)).not.toContain('ignored');
  }
});

test('times are in UTC by the document, and of the clock on the wall in the original, which calls them Z too', () => {
  const zone = process.env['TZ'];
  onTestFinished(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });
  process.env['TZ'] = 'Asia/Shanghai';
  expect(documentedLine(logged)).toContain('create_time = 2017-07-27T16:37:04Z, end_time = 2017-07-27T16:37:05Z');
  expect(originalLine(logged)).toContain('create_time = 2017-07-28T00:37:04Z, end_time = 2017-07-28T00:37:05Z');
});
