/** What Ansible puts before the words of ssh. */
const unreachable = 'Failed to connect to the host via ssh';
const unsent = String.raw`Data could not be sent to remote host "[^"]*"\. Make sure this host can be reached over ssh`;
const preface = new RegExp(String.raw`^(?:Task failed: )?(${unreachable}|${unsent}): ([\s\S]+)$`);

const knownHosts = "known_hosts in the Secret of spec.credentialsSecretRef (or the controllers' --known-hosts-file)";

/**
 * Why a host could not be reached, in one line: of what ssh printed its last line, before which a banner may stand; of
 * a host key that was refused, where to put the right one. Other texts stay as they are.
 */
export function explainConnection(message: string): string {
  const [, what, printed = ''] = preface.exec(message) ?? [];
  if (what === undefined) return message;
  return isKeyRefused(printed) ? refusedKey(printed) : `${what}: ${lastLine(printed)}`;
}

/** Whether ssh refused the host for its key, so that nothing was begun there. @param printed by ssh, to the end */
export function isKeyRefused(printed: string): boolean {
  return lastLine(printed).startsWith('Host key verification failed');
}

function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? '';
}

function refusedKey(printed: string): string {
  const kind = /\b(ECDSA|ED25519|RSA|DSA)\b/.exec(printed)?.[1];
  const key = kind === undefined ? 'key' : `${kind} key`;
  if (!printed.includes('HAS CHANGED')) return `the host's ${key} is not known; add it to ${knownHosts}`;
  const fingerprint = /^(?:SHA256|MD5):\S*[^.\s]/m.exec(printed)?.[0];
  const which = fingerprint === undefined ? '' : ` (${fingerprint})`;
  return `the host shows another ${key}${which} than the known one; if that is right, correct ${knownHosts}`;
}
