import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The certificate by which kubelets know the API server. */
export interface KubeletClient {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** It is signed by itself, so it is its own authority. */
  readonly pem: string;
}

/** Makes one in the folder, good for as long as a cluster for tests lives. */
export async function makeKubeletClient(folder: string): Promise<KubeletClient> {
  const certificateFile = join(folder, 'kubelet-client.crt');
  const keyFile = join(folder, 'kubelet-client.key');
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  const names = [
    '-subj',
    '/O=system:masters/CN=kube-apiserver-kubelet-client',
    '-addext',
    'extendedKeyUsage=clientAuth',
  ];
  await run('openssl', [...request, ...names, '-keyout', keyFile, '-out', certificateFile]);
  return { certificateFile, keyFile, pem: await readFile(certificateFile, 'utf8') };
}
