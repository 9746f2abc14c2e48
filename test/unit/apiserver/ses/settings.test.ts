import { describe, expect, test } from 'vitest';

import { readSesSettings, sesSettings, type SesConfig } from '../../../../apiserver/ses/settings.ts';
import { readSettings } from '../../../../kube/flags.ts';

function read(env: Readonly<Record<string, string>>): SesConfig {
  const settings = readSettings('usage', sesSettings, [], env);
  if (typeof settings === 'string') throw new Error(settings);
  return readSesSettings(settings);
}

describe('the settings of the ses API', () => {
  test('are those of the document where nothing is set', () => {
    const standard = { namespace: 'default', timeZone: 'Asia/Seoul', versions: undefined, takesUnsignedQuery: false };
    expect(read({})).toEqual(standard);
  });

  test('say which versions are offered, and that a signature may leave the query out', () => {
    const env = { FLEETWRIGHT_SES_VERSIONS: '2.9.0, 2.11.1', FLEETWRIGHT_SES_UNSIGNED_QUERY: 'accepted' };
    expect(read(env)).toMatchObject({ versions: ['2.9.0', '2.11.1'], takesUnsignedQuery: true });
  });

  test.each([
    ['FLEETWRIGHT_SES_VERSIONS', '290', 'for example 2.9.0,2.11.1'],
    ['FLEETWRIGHT_SES_VERSIONS', '2.9.0,', 'for example 2.9.0,2.11.1'],
    ['FLEETWRIGHT_SES_UNSIGNED_QUERY', 'yes', 'refused, accepted'],
    ['FLEETWRIGHT_SES_TIME_ZONE', 'Asia/Nowhere', 'Asia/Seoul or UTC'],
  ])('%s=%s is refused with what to write', (name, value, hint) => {
    expect(() => read({ [name]: value })).toThrow(hint);
  });
});
