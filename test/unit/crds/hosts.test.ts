import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { canonicalHost } from '../../../crds/hosts.ts';

describe('the spelling of a host', () => {
  test.each([
    ['WEB-1.example.com.', 'web-1.example.com'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0::0001', '2001:db8::1'],
    ['2001:db8:0000::1', '2001:db8::1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:a01:203', '10.1.2.3'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s is %s', (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical);
  });

  test('is the same for what is spelled so already', () => {
    // A name ends with one dot at most.
    const text = fc.string().filter((one) => !one.endsWith('..'));
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), text), (host) => {
        expect(canonicalHost(canonicalHost(host))).toBe(canonicalHost(host));
      }),
    );
  });
});
