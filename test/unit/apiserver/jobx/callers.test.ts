import { beforeEach, describe, expect, test } from 'vitest';

import { denying } from '../facade.ts';
import { refusal } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

test.each([
  ['GET', '/task/1/job/byname', '/task/:projectid/job/byname takes POST only'],
  ['PUT', '/task/1/job/byname', '/task/:projectid/job/byname takes POST only'],
  ['GET', '/subtask/1/Bk2WqTzP1xam/confirm', '/subtask/:projectid/:subtaskuuid/confirm takes PUT only'],
  ['PATCH', '/group/1/1', '/group/:projectid/:id takes GET and POST and DELETE only'],
  ['OPTIONS', '/third/interface/invoke', '/third/interface/invoke takes POST only'],
] as const)('a call by %s to %s is told how it is made', async (method, url, info) => {
  expect(await site.call(method, url)).toMatchObject({ status: 405, body: { stat: false, info } });
});

describe('who calls', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['a wrong key', { appname: 'flow', appkey: 'x' }],
    ['a name that nobody has', { appname: 'nobody', appkey: 'correct-horse-battery-staple-0123456789' }],
  ])('with %s is not let in', async (_what, more) => {
    const { status, body } = await site.call('GET', '/group/1', undefined, more);
    expect({ status, stat: body.stat, code: body['code'] }).toEqual({ status: 200, stat: false, code: 10_000 });
  });

  test('may do only what his rights allow', async () => {
    site = await jobxSite({ authorizer: denying('list deploygroups', 'create agenttasks') });
    expect(await refusal(site, 'GET', '/group/1')).toBe('denied: flow@app cannot list deploygroups');
  });

  test('an unknown project, a number that is none, and a body that is none', async () => {
    expect(await refusal(site, 'GET', '/group/9')).toBe('unknown project 9: ask the operator which there are');
    expect(await refusal(site, 'GET', '/group/x')).toMatch(
      /^check format fail projectid format error \(\?\^:\^\\d\+\$\): give a whole number/,
    );
    expect(await refusal(site, 'POST', '/group/1', '{"name":')).toMatch(/not JSON/);
  });
});
