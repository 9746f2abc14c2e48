import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import { afterAll } from 'vitest';

import { mountPair, newPair, type MountedPair } from '../../tls/certificates.ts';
import { siteForFile, type Site } from './cluster.ts';

const usual = getCACertificates('default');

/**
 * Lets everything in this process trust a certificate, `fetch` included, and no longer the one before it: of two with
 * one name, as another test file in this process may have made, OpenSSL would try the first alone.
 */
export function trust(certificate: string): void {
  setDefaultCACertificates([...usual, certificate]);
}

/** What makes a facade serve the pair. */
export function tlsSettings({ certificate, key }: Pick<MountedPair, 'certificate' | 'key'>): {
  readonly FLEETWRIGHT_TLS_CERTIFICATE_FILE: string;
  readonly FLEETWRIGHT_TLS_KEY_FILE: string;
} {
  return { FLEETWRIGHT_TLS_CERTIFICATE_FILE: certificate, FLEETWRIGHT_TLS_KEY_FILE: key };
}

/** As siteForFile, with a facade that serves HTTPS by a certificate that this process trusts. */
export async function siteForTls(): Promise<() => Site> {
  const pair = newPair('facade');
  const mounted = await mountPair(pair);
  trust(pair.certificate);
  const site = siteForFile(tlsSettings(mounted));
  afterAll(() => mounted.remove());
  return site;
}
