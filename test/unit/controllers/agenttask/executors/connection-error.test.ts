import { expect, test } from 'vitest';
import { explainConnection } from '../../../../../controllers/agenttask/executors/connection-error.ts';

const at = '@'.repeat(59);
const changedKey = [
  `Task failed: Failed to connect to the host via ssh: ${at}\r`,
  '@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r',
  `${at}\r`,
  'IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\r',
  'It is also possible that a host key has just been changed.\r',
  'The fingerprint for the ED25519 key sent by the remote host is',
  'SHA256:6JiYBxRwsjZc869NFy8yGIPJ4do2enDvAqUzusi+3kg.\r',
  'Please contact your system administrator.\r',
  'Add correct host key in /state/run-1/known_hosts to get rid of this message.\r',
  'Offending ED25519 key in /state/run-1/known_hosts:1\r',
  'Host key for [web-1]:22 has changed and you have requested strict checking.\r',
  'Host key verification failed.',
].join('\n');
const known = "known_hosts in the Secret of spec.credentialsSecretRef (or the controllers' --known-hosts-file)";
const unsent = 'Data could not be sent to remote host "web-1". Make sure this host can be reached over ssh';

test.each([
  [
    'of a refused login the end is told, not the banner before it',
    'Task failed: Failed to connect to the host via ssh: Authorized use only.\nAll is logged.\n' +
      'root@web-1: Permission denied (publickey).',
    'Failed to connect to the host via ssh: root@web-1: Permission denied (publickey).',
  ],
  [
    'of a host that does not answer, all',
    'Failed to connect to the host via ssh: ssh: connect to host web-1 port 22: Connection refused',
    'Failed to connect to the host via ssh: ssh: connect to host web-1 port 22: Connection refused',
  ],
  [
    'of a key that changed, where the right one is to be put, and not where it lies during the run',
    changedKey,
    'the host shows another ED25519 key (SHA256:6JiYBxRwsjZc869NFy8yGIPJ4do2enDvAqUzusi+3kg) than the known one; ' +
      `if that is right, correct ${known}`,
  ],
  [
    'of a key that is not known, where to put it',
    'Failed to connect to the host via ssh: ' +
      'No ED25519 host key is known for web-1 and you have requested strict checking.\r\nHost key verification failed.',
    `the host's ED25519 key is not known; add it to ${known}`,
  ],
  [
    'of a lost connection, the end',
    `Task failed: ${unsent}: Welcome\r\nConnection closed by web-1 port 22`,
    `${unsent}: Connection closed by web-1 port 22`,
  ],
  ['other texts stay as they are', 'Timed out\nwaiting', 'Timed out\nwaiting'],
])('%s', (_sentence, said, expected) => {
  expect(explainConnection(said)).toBe(expected);
});
