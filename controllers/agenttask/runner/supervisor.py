"""Runs ansible-runner for one run folder, at most once, and records how it ended.

Started in a session of its own by the local executor, which may die at any moment: from here on nothing else is needed.
Every process of the run is a descendant, because this process adopts the orphaned ones (PR_SET_CHILD_SUBREAPER); none
is left when it ends.

    supervisor.py RUN_FOLDER

Prints `started` as soon as the run is claimed, by this process or an earlier one. SIGINT: let Ansible end cleanly.
SIGTERM: end it.
"""
import ctypes
import json
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 15
MOST_NAMED = 100
FORWARDED = (signal.SIGINT, signal.SIGTERM)

libc = ctypes.CDLL(None, use_errno=True)


def stat_of(pid):
    """State, parent and start time (clock ticks since boot) of a process; None when there is no such process."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            fields = file.read().rpartition(')')[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1]), int(fields[19])


def children_of(parent):
    """Living children of a process."""
    found = []
    for name in os.listdir('/proc'):
        if name.isdigit():
            stat = stat_of(name)
            if stat is not None and stat[1] == parent and stat[0] not in 'ZX':
                found.append(int(name))
    return found


def send(pid, number):
    """Signals a process; False when that was not possible."""
    try:
        os.kill(pid, number)
        return True
    except OSError:
        return False


def publish(name, record):
    """Writes a JSON file that appears complete and only once. False when it was there before."""
    draft = f'{name}.{os.getpid()}'
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(fd, json.dumps(record).encode())
    # A claim that a power failure takes back would let the run start a second time.
    os.fsync(fd)
    os.close(fd)
    try:
        os.link(draft, name)
    except FileExistsError:
        return False
    finally:
        os.unlink(draft)
    folder = os.open('.', os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)
    return True


def now():
    """Milliseconds since the epoch."""
    return int(time.time() * 1000)


def announce():
    """Tells the caller that the run is claimed. The caller may be gone."""
    try:
        os.write(1, b'started\n')
    except OSError:
        pass
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)


class Run:
    """The runner process and the signals passed on to it."""

    def __init__(self, plan):
        self.plan = plan
        self.pid = None
        self.pending = None
        self.stopped = False
        for number in FORWARDED:
            signal.signal(number, self.on_signal)
        # The end of a login session or a closed pipe is no reason to give up a run.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    def on_signal(self, number, _frame):
        self.stopped = True
        if self.pid is None:
            self.pending = number
        else:
            self.forward(number)

    def forward(self, number):
        # ansible-runner answers any signal with SIGKILL for Ansible, so a clean end has to bypass it.
        targets = children_of(self.pid) if number == signal.SIGINT else []
        for target in targets or [self.pid]:
            send(target, number)

    def spawn(self):
        supervisor = os.getpid()
        # A signal between fork and exec would end in the child's copy of our handler and be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
        pid = os.fork()
        if pid == 0:
            try:
                self.become_runner(supervisor)
            finally:
                os._exit(127)
        self.pid = pid
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        if self.pending is not None:
            self.forward(self.pending)

    def become_runner(self, supervisor):
        for number in (*FORWARDED, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:
            return
        log = os.open('runner.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        try:
            os.execve(self.plan['command'][0], self.plan['command'], self.plan['environment'])
        except OSError as error:
            os.write(2, f'cannot start {self.plan["command"][0]}: {error.strerror}\n'.encode())

    def wait(self):
        """Exit code of the runner, and whether its time was up."""
        end = os.pidfd_open(self.pid)
        poll = select.poll()
        poll.register(end, select.POLLIN)
        timed_out = not poll.poll(self.plan['timeoutSeconds'] * 1000)
        if timed_out:
            self.forward(signal.SIGTERM)
            if not poll.poll(GRACE_SECONDS * 1000):
                send(self.pid, signal.SIGKILL)
        runner, self.pid = self.pid, None
        _, status = os.waitpid(runner, 0)
        return os.waitstatus_to_exitcode(status), timed_out


def background_process(pid):
    """Name of a process that a task left in the background, and when it began (milliseconds).

    None for what Ansible keeps: an SSH master, and who looks after an async task, which stays for up to five seconds
    after the end of that, then without a child."""
    try:
        with open(f'/proc/{pid}/cmdline', encoding='utf-8', errors='replace') as file:
            command = file.read()
        # Arguments may hold secrets.
        with open(f'/proc/{pid}/comm', encoding='utf-8', errors='replace') as file:
            name = file.read().strip()
    except OSError:
        return None
    stat = stat_of(pid)
    if stat is None or (command.startswith('ssh: ') and '[mux]' in command):
        return None
    if 'async_wrapper' in command and not children_of(pid):
        return None
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - stat[2] / os.sysconf('SC_CLK_TCK')
    return {'name': name, 'at': now() - int(age * 1000)}


def end_descendants():
    """Kills what the runner left behind, also in sessions of their own; says what that was, but for what Ansible keeps.
    """
    found = []
    while True:
        left = children_of(os.getpid())
        if not found:
            found = [process for process in map(background_process, left) if process is not None]
        killed = [pid for pid in left if send(pid, signal.SIGKILL)]
        if not killed:
            return found[:MOST_NAMED]
        # Their children become ours, hence the loop.
        for pid in killed:
            os.waitpid(pid, 0)


def forget_secrets(plan):
    for name in plan['secrets']:
        try:
            os.unlink(name)
        except FileNotFoundError:
            pass


def main():
    try:
        os.chdir(sys.argv[1])
        with open('plan.json', encoding='utf-8') as file:
            plan = json.load(file)
    except OSError as error:
        sys.exit(f'cannot read the run folder: {error.strerror}')
    run = Run(plan)
    if os.path.exists(plan['endedMark']):
        sys.exit('the run was removed before')
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    with open('/proc/sys/kernel/random/boot_id', encoding='utf-8') as file:
        boot = file.read().strip()
    identity = {'pid': os.getpid(), 'startTicks': stat_of(os.getpid())[2], 'bootId': boot, 'at': now()}
    claimed = publish('started', identity)
    announce()
    if not claimed:
        return
    exit_code, timed_out, left = None, False, []
    try:
        run.spawn()
        exit_code, timed_out = run.wait()
        left = end_descendants()
    finally:
        forget_secrets(plan)
    # What a run was doing when it was stopped is not in the background.
    background = [] if timed_out or run.stopped else left
    publish('exited', {'exitCode': exit_code, 'timedOut': timed_out, 'at': now(), 'background': background})
    os.close(os.open(plan['endedMark'], os.O_WRONLY | os.O_CREAT, 0o600))


main()
