#!/usr/bin/python
# -*- coding: utf-8 -*-
"""Ansible module: runs a shell script of any length on the host.

In the language of Python 2.7 as of 3, since it runs on whatever the installed Ansible supports on hosts
(ansible-core 2.19: Python 3.8 and later).
"""
from __future__ import absolute_import, division, print_function

import collections
import datetime
import errno
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes

__metaclass__ = type

DOCUMENTATION = r'''
module: longscript
short_description: Run a shell script given as text
description:
  - Writes the script to a file on the host, runs it with C(/bin/bash), deletes it.
    The first line does not choose another shell.
  - The script's standard input is empty. What it leaves running in the background is not waited for,
    and should write to a file of its own.
options:
  content:
    description: The script.
    type: str
    required: true
  timeout:
    description: >-
      Seconds after which the script and all it started is ended and the task fails.
      Without it only the limit of the whole run counts.
    type: int
  remove:
    description: Taken for the sake of older callers; without effect.
    type: raw
  callback_url:
    description: As O(remove).
    type: raw
  sync_time:
    description: As O(remove).
    type: raw
'''

EXAMPLES = r'''
- longscript:
    content: |
      for i in 1 2 3; do
        curl -fs http://localhost:{{ port }}/health && exit 0
        sleep 5
      done
      echo "not healthy" >&2
      exit 1
    timeout: 60
'''

RETURN = r'''
rc:
  description: Exit code of the script; negative, the signal that ended it; 124 after O(timeout).
  type: int
  returned: always
stdout:
  description: >-
    What the script printed, without line ends at its end. Of a long output the last part, see RV(output_truncated).
  type: str
  returned: always
stderr:
  description: The same of the standard error.
  type: str
  returned: always
output_truncated:
  description: Whether something is missing in stdout or stderr.
  type: bool
  returned: always
start:
  description: Time of the host, as are C(end) and, of the duration, C(delta).
  type: str
  returned: always
'''

SHELL = '/bin/bash'
TIMEOUT_CODE = 124
# Of each stream. A result that is much larger than the latter is not kept by those who record it, and with it the
# reason of the failure.
KEPT_BYTES = 256 * 1024
KEPT_BYTES_OF_FAILURE = 8 * 1024
REASON_CHARACTERS = 500
GRACE_SECONDS = 5


class Tail:
    """The last bytes of a stream."""

    def __init__(self):
        self.chunks = collections.deque()
        self.size = 0
        self.total = 0

    def add(self, chunk):
        self.chunks.append(chunk)
        self.size += len(chunk)
        self.total += len(chunk)
        while self.size - len(self.chunks[0]) >= KEPT_BYTES:
            self.size -= len(self.chunks.popleft())

    def text(self, limit):
        """The last `limit` bytes as text, and whether there was more."""
        kept = b''.join(self.chunks)[-limit:]
        return kept.decode('utf-8', 'replace').rstrip('\r\n'), self.total > len(kept)


def prepare_child():
    os.setpgrp()
    # Python ignores it; a pipe in the script whose reader is gone must end its writer.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


class Script:
    """A script that runs as a process group of its own, so that all of it can be ended."""

    def __init__(self):
        self.process = None
        self.stdout = Tail()
        self.stderr = Tail()
        self.pipes = {}

    def start(self, path):
        with open(os.devnull, 'rb') as nothing:
            self.process = subprocess.Popen(
                [SHELL, path], stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=prepare_child
            )
        self.pipes = {self.process.stdout.fileno(): self.stdout, self.process.stderr.fileno(): self.stderr}

    def signal(self, number):
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except OSError:
            pass

    def read(self, seconds):
        """Takes what is printed within that time; False when nothing was."""
        try:
            ready = select.select(list(self.pipes), [], [], seconds)[0]
        except select.error as error:
            if error.args[0] != errno.EINTR:
                raise
            return True
        for pipe in ready:
            chunk = os.read(pipe, 65536)
            if chunk:
                self.pipes[pipe].add(chunk)
            else:
                del self.pipes[pipe]
        return bool(ready)

    def wait(self, seconds):
        """Waits for the end of the script, not of what it left in the background. False when the time is up."""
        end = None if seconds is None else time.time() + seconds
        pause = 0.01
        while True:
            left = pause if end is None else max(0, min(pause, end - time.time()))
            printed = self.read(left)
            # The end is looked for only when nothing is to be read: what it printed last may still be in the pipes.
            if not printed and self.process.poll() is not None:
                return True
            if end is not None and time.time() >= end and self.process.poll() is None:
                return False
            pause = 0.01 if printed else min(pause * 2, 0.5)

    def end(self):
        """Ends the script and all it started that is still of its group."""
        self.signal(signal.SIGTERM)
        self.wait(GRACE_SECONDS)
        self.signal(signal.SIGKILL)
        self.wait(GRACE_SECONDS)


def pass_on_signals(script, folder):
    """The script must not outlive a module that is hung up because its run was stopped."""

    def handler(number, _frame):
        script.signal(number)
        script.signal(signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        # Ignored: whoever started the module, such as nohup or an asynchronous task, wants it to go on.
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def run(content, timeout, folder):
    """Runs the script. Returns the fields of the result, `rc` among them, and whether the time was up."""
    path = os.path.join(folder, 'script')
    with open(path, 'wb') as file:
        file.write(to_bytes(content))
    started = datetime.datetime.now()
    script = Script()
    pass_on_signals(script, folder)
    script.start(path)
    timed_out = not script.wait(timeout)
    if timed_out:
        script.end()
    ended = datetime.datetime.now()
    code = TIMEOUT_CODE if timed_out else script.process.returncode
    limit = KEPT_BYTES if code == 0 else KEPT_BYTES_OF_FAILURE
    stdout, more_stdout = script.stdout.text(limit)
    stderr, more_stderr = script.stderr.text(limit)
    return {
        'rc': code,
        'stdout': stdout,
        'stderr': stderr,
        'output_truncated': more_stdout or more_stderr,
        'start': str(started),
        'end': str(ended),
        'delta': str(ended - started),
        'changed': True,
    }, timed_out


def reason_of(result, timeout, timed_out):
    code = result['rc']
    if timed_out:
        reason = 'the script was ended after {0} s (exit code {1})'.format(timeout, code)
    elif code < 0:
        reason = 'the script was ended by signal {0}'.format(-code)
    else:
        reason = 'the script ended with exit code {0}'.format(code)
    printed = (result['stderr'].strip() or result['stdout'].strip())[-REASON_CHARACTERS:]
    return reason + ': ' + printed if printed else reason


def main():
    module = AnsibleModule(
        argument_spec={
            'content': {'type': 'str', 'required': True},
            'timeout': {'type': 'int'},
            'remove': {'type': 'raw'},
            'callback_url': {'type': 'raw'},
            'sync_time': {'type': 'raw'},
        },
        supports_check_mode=True,
    )
    content, timeout = module.params['content'], module.params['timeout']
    if timeout is not None and timeout < 1:
        module.fail_json(msg='timeout must be at least 1 second')
    # Not the script again: it may be longer than all that is worth keeping of the result.
    invocation = {'module_args': {'content': '{0} characters'.format(len(content)), 'timeout': timeout}}
    if module.check_mode:
        module.exit_json(
            skipped=True, changed=False, rc=0, invocation=invocation,
            msg='The script would have run, but for check mode.'
        )
    folder = tempfile.mkdtemp(prefix='longscript-', dir=module.tmpdir)
    try:
        result, timed_out = run(content, timeout, folder)
    except (OSError, IOError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        module.fail_json(
            msg='the script cannot be run: {0}. It needs {1} and a place for temporary files.'.format(error, SHELL),
            invocation=invocation,
        )
    shutil.rmtree(folder, ignore_errors=True)
    if result['rc'] == 0:
        module.exit_json(invocation=invocation, **result)
    module.fail_json(msg=reason_of(result, timeout, timed_out), invocation=invocation, **result)


if __name__ == '__main__':
    main()
