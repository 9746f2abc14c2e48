import { KubeConfig } from '@kubernetes/client-node';

export interface KubeconfigParts {
  readonly server: string;
  readonly token?: string;
  readonly caPem?: string;
  readonly certPem?: string;
  readonly keyPem?: string;
  readonly exec?: { readonly command: string; readonly args: readonly string[] };
}

/** A kubeconfig as text, with one cluster, one user and one context. */
export function kubeconfigText({ server, token, caPem, certPem, keyPem, exec }: KubeconfigParts): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const cluster = { server, ...(caPem === undefined ? {} : { 'certificate-authority-data': base64(caPem) }) };
  const user = {
    ...(token === undefined ? {} : { token }),
    ...(certPem === undefined ? {} : { 'client-certificate-data': base64(certPem) }),
    ...(keyPem === undefined ? {} : { 'client-key-data': base64(keyPem) }),
    ...(exec === undefined ? {} : { exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', ...exec } }),
  };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}

export function kubeconfigOf(parts: KubeconfigParts): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeconfigText(parts));
  return config;
}
