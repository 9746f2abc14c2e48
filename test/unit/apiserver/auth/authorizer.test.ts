import { describe, expect, test, vi } from 'vitest';

import { authorizerBy, type Access } from '../../../../apiserver/auth/authorizer.ts';
import { AuthError } from '../../../../apiserver/auth/errors.ts';
import { ReviewingApi } from './reviews.ts';

const ann = { user: 'ann', groups: ['ops'] };
const reading: Access = {
  verb: 'get',
  group: 'fleetwright.io',
  resource: 'agenttasks',
  subresource: 'log',
  namespace: 'web',
};

describe('the authorizer', () => {
  test('asks the API server in the words of RBAC, with all groups that it counts the caller to', async () => {
    const api = new ReviewingApi();
    await authorizerBy(api).check(ann, reading);
    expect(api.asked).toEqual([{ user: 'ann', groups: ['ops', 'system:authenticated'], resourceAttributes: reading }]);
  });

  test('denies what the API server does not allow, naming who, what and where', async () => {
    const api = new ReviewingApi();
    api.allows = () => false;
    const denied = authorizerBy(api).check(ann, { ...reading, name: 'one' });
    await expect(denied).rejects.toThrow(AuthError);
    await expect(denied).rejects.toMatchObject({
      code: 'DENIED',
      httpStatus: 403,
      message: expect.stringMatching(
        /^denied: user "ann" cannot get agenttasks\/log "one" in API group "fleetwright.io" in the namespace "web"/,
      ),
    });
  });

  test('keeps an answer for ten seconds, and each to its own caller and access', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    const api = new ReviewingApi();
    api.allows = ({ user }) => user === 'ann';
    const authorizer = authorizerBy(api);
    await authorizer.check(ann, reading);
    await authorizer.check(ann, reading);
    expect(api.asked).toHaveLength(1);
    await expect(authorizer.check({ user: 'bob', groups: ['ops'] }, reading)).rejects.toThrow('denied');
    await authorizer.check({ user: 'ann', groups: [] }, reading);
    await authorizer.check(ann, { ...reading, namespace: 'other' });
    await authorizer.check(ann, { ...reading, verb: 'list' });
    const { subresource: _, ...whole } = reading;
    await authorizer.check(ann, whole);
    expect(api.asked).toHaveLength(6);
    api.allows = () => false;
    now.mockReturnValue(9999);
    await authorizer.check(ann, reading);
    now.mockReturnValue(10_000);
    await expect(authorizer.check(ann, reading)).rejects.toThrow('denied');
    now.mockRestore();
  });

  test('passes on that the API server cannot be asked, and asks again', async () => {
    const api = new ReviewingApi();
    const authorizer = authorizerBy(api);
    api.fault = new Error('away');
    await expect(authorizer.check(ann, reading)).rejects.toThrow('away');
    api.fault = undefined;
    await authorizer.check(ann, reading);
  });
});
