"""ansible-runner's writer of events, with what a verdict needs and its events lack.

That stands under the key `fleetwright` of their data.

Ansible takes the first plug-in of a name on its path, and ansible-runner puts its own folder last: hence the name.

Of the end of a task on a host, each where it applies:

    changed     it changed something, also where the result is hidden or cut
    delegate    the host that the task was delegated to
    rescued     the rescue section of a block takes the failure
    fatal       nothing takes the failure
    endsPlay    the setting by which the failure may end the play for other hosts
    ignored     the host could not be reached, and the task has ignore_unreachable

Of playbook_on_stats, the course of the whole run; failures are named by the uuid of their event:

    plays, begun    how many plays the playbook has, and how many of them began
    selected        hosts that plays which began select
    waiting         hosts of batches (`serial`) that never began
    fatal           host -> the failure that took it out of the run
    cut             host -> the failure of another host after which nothing began there in that play
    unreached       host -> the ignored failure of a connection, where no task ever reached the host
"""
import contextlib
import importlib.util
import json
import os
import uuid

from ansible.playbook.handler import Handler

DOCUMENTATION = '''
    callback: awx_display
    short_description: Writes the events of a run for Fleetwright
    version_added: "2.0"
    description:
        - Extends the plug-in of the same name that comes with ansible-runner.
    type: stdout
    extends_documentation_fragment:
      - default_callback
    requirements:
      - Set as stdout in config
'''


def load_original():
    """The module that this one hides."""
    folder = os.environ['ANSIBLE_CALLBACK_PLUGINS'].rpartition(':')[2]
    spec = importlib.util.spec_from_file_location('ansible_runner_awx_display', os.path.join(folder, 'awx_display.py'))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


original = load_original()

TROUBLES = ('runner_on_failed', 'runner_on_unreachable')
ENDS = (*TROUBLES, 'runner_on_ok', 'runner_on_skipped', 'runner_on_async_failed')

# Actions that run once for all hosts without being told to.
FOR_ALL_HOSTS = ('add_host', 'pause')
# Actions that need no connection to the host.
WITHOUT_HOST = (*FOR_ALL_HOSTS, 'assert', 'debug', 'fail', 'group_by', 'include_role', 'include_tasks',
                'include_vars', 'meta', 'set_fact', 'set_stats', 'validate_argument_spec')

# Texts and lists of a result that is too large are cut to these lengths, the first that suffices.
# Each is (characters, entries).
ROOMS = ((8192, 200), (1024, 50), (256, 10))
ESSENTIALS = ('msg', 'reason', 'rc', 'changed', 'failed', 'unreachable', 'stderr', 'module_stderr', 'stdout',
              '_ansible_no_log')


def blocks_around(task, section):
    """The blocks around the task that have it, or what it is in, in that section."""
    child, parent = task, task._parent
    while parent is not None:
        if any(entry._uuid == child._uuid for entry in getattr(parent, section, None) or ()):
            yield parent
        child, parent = parent, parent._parent


def is_rescued(task):
    """Whether a failure of the task is taken by the rescue section of a block around it."""
    return any(getattr(block, 'rescue', None) for block in blocks_around(task, 'block'))


def runs_after_failures(task):
    """Whether the task can be one of those that still run on a host for which the play has ended."""
    return isinstance(task, Handler) or any(blocks_around(task, 'always'))


def cut(text, limit):
    """Beginning and end of a text; the end says more."""
    head = limit // 4
    return text if len(text) <= limit else f'{text[:head]}\n[...]\n{text[head - limit:]}'


def shortened(value, room):
    """A copy of a value of a result with its texts and lists cut; of a loop the items that failed stay."""
    characters, entries = room
    if isinstance(value, str):
        return cut(value, characters)
    if isinstance(value, dict):
        # What a command printed is there once as text and once by lines.
        kept = [name for name in value
                if not (isinstance(name, str) and name.endswith('_lines') and name[:-6] in value)]
        return {name: shortened(value[name], room) for name in kept[:entries]}
    if isinstance(value, (list, tuple)):
        failed = [item for item in value if isinstance(item, dict) and item.get('failed')]
        kept = value if len(value) <= entries else failed[:entries] or [*value[:entries // 2], *value[-entries // 2:]]
        return [shortened(item, room) for item in kept]
    return value


def size_of(result):
    """Characters of a result, as ansible-runner counts them or as they stand in the event's file: what is more."""
    return max(len(str(result)), len(json.dumps(result, default=str)))


def fitting(result, limit):
    """The result, cut where it would be dropped from its event as too large."""
    if size_of(result) <= limit:
        return result
    for room in ROOMS:
        shorter = shortened(result, room)
        if size_of(shorter) <= limit:
            return shorter
    return shortened({name: result[name] for name in ESSENTIALS if name in result}, ROOMS[-1])


def action_of(task):
    """Name of the task's action, without the name of Ansible's own collection."""
    return task.action.removeprefix('ansible.builtin.').removeprefix('ansible.legacy.')


class Batch:
    """Hosts that a play works on at once, or all of them."""

    def __init__(self, play, hosts):
        self.play = play
        self.hosts = hosts
        # Per host, after how many of the failures below its last task began.
        self.begun_after = {}
        # Failures that end the play for other hosts: host and event.
        self.enders = []
        # The last failure that does so only if Ansible finds that too many hosts have failed.
        self.pending = None

    def cut_off(self):
        """Host -> failure, for hosts on which nothing began any more after a failure that may end the play for them."""
        if not self.enders:
            return {}
        host, event = self.enders[-1]
        return {name: event for name in self.hosts if name != host and self.begun_after.get(name, 0) < len(self.enders)}


class Course:
    """What became of plays and hosts so far, beyond Ansible's counts."""

    def __init__(self):
        self.plays = 0
        self._batch = None
        self._selected = {}
        self._waiting = {}
        # Host -> the play of the failure, and its event.
        self._fatal = {}
        self._cut = {}
        self._unreached = {}
        self._reached = set()

    def begin_batch(self, play, hosts, batch):
        """A play begins with some of its hosts. `hosts`: all that it selects."""
        self._end_batch()
        self._batch = Batch(play, batch)
        self._selected.update(dict.fromkeys(hosts))
        waiting = self._waiting.setdefault(play, dict.fromkeys(hosts))
        for name in batch:
            waiting.pop(name, None)

    def clear_errors(self):
        """Hosts that failed take part again."""
        self._fatal = {name: (None, event) for name, (_, event) in self._fatal.items()}

    def begin_task(self, host, task):
        """A task begins on a host."""
        if not runs_after_failures(task):
            self._batch.begun_after[host] = len(self._batch.enders)

    def end_play(self):
        """Ansible goes on with no host of the batch."""
        if self._batch.pending is not None:
            self._batch.enders.append(self._batch.pending)
            self._batch.pending = None

    def end_task(self, event, uuid, host, task, known):
        """A task ended on a host. `known`: as it goes into the event."""
        if known.get('ignored'):
            self._unreached.setdefault(host, uuid)
        elif (event not in ('runner_on_skipped', 'runner_on_unreachable')
              and not task.delegate_to and action_of(task) not in WITHOUT_HOST):
            self._reached.add(host)
        if known.get('endsPlay') == 'max_fail_percentage':
            self._batch.pending = (host, uuid)
        elif 'endsPlay' in known:
            self._batch.enders.append((host, uuid))
        if known.get('fatal'):
            # What fails afterwards in the same play does so in an always section or a handler.
            play, _ = self._fatal.get(host, (None, None))
            if play != self._batch.play:
                self._fatal[host] = (self._batch.play, uuid)

    def summary(self):
        """As it goes into the last event."""
        self._end_batch()
        return {
            'plays': self.plays,
            'begun': len(self._waiting),
            'selected': list(self._selected),
            'waiting': list({name: None for hosts in self._waiting.values() for name in hosts}),
            'fatal': {name: event for name, (_, event) in self._fatal.items()},
            'cut': self._cut,
            'unreached': {name: event for name, event in self._unreached.items() if name not in self._reached},
        }

    def _end_batch(self):
        if self._batch is not None:
            self._cut.update(self._batch.cut_off())
            self._batch = None


class CallbackModule(original.CallbackModule):
    """Adds to each event what is known of it, and cuts results instead of dropping them."""

    def __init__(self):
        super().__init__()
        self._course = Course()
        self._play = None

    def v2_playbook_on_start(self, playbook):
        self._course.plays = len(playbook.get_plays())
        super().v2_playbook_on_start(playbook)

    def v2_playbook_on_play_start(self, play):
        self._play = play
        inventory = play._variable_manager._inventory
        hosts, batch = ([host.name for host in inventory.get_hosts(play.hosts, ignore_restrictions=all)]
                        for all in (True, False))
        # The original gives the play another id for each batch.
        self._course.begin_batch(str(play._uuid).partition('_')[0], hosts, batch)
        super().v2_playbook_on_play_start(play)

    def v2_runner_on_start(self, host, task):
        self._course.begin_task(host.get_name(), task)
        super().v2_runner_on_start(host, task)

    def v2_playbook_on_no_hosts_remaining(self):
        self._course.end_play()
        super().v2_playbook_on_no_hosts_remaining()

    @contextlib.contextmanager
    def capture_event_data(self, event, **event_data):
        event_data.setdefault('uuid', str(uuid.uuid4()))
        task, known = event_data.get('task'), {}
        if event == 'playbook_on_stats':
            known = self._course.summary()
        elif (event == 'playbook_on_task_start' and action_of(task) == 'meta'
              and task.args.get('_raw_params') == 'clear_host_errors'):
            self._course.clear_errors()
        elif event in ENDS:
            known = self._end_of(event, task, event_data)
            self._course.end_task(event, event_data['uuid'], event_data['host'], task, known)
        if known:
            event_data['fleetwright'] = known
        if event_data.get('res'):
            event_data['res'] = fitting(event_data['res'], int(os.environ['MAX_EVENT_RES']))
        with super().capture_event_data(event, **event_data):
            yield

    def _end_of(self, event, task, event_data):
        known = {}
        if (event_data.get('res') or {}).get('changed') is True:
            known['changed'] = True
        if task.delegate_to:
            known['delegate'] = str(task.delegate_to)
        if event not in TROUBLES or event_data.get('ignore_errors'):
            return known
        unreachable = event == 'runner_on_unreachable'
        if unreachable and task.ignore_unreachable:
            return {**known, 'ignored': True}
        known['rescued' if not unreachable and is_rescued(task) else 'fatal'] = True
        setting = self._setting_that_ends_play(unreachable, task)
        return {**known, 'endsPlay': setting} if setting else known

    def _setting_that_ends_play(self, unreachable, task):
        if task.run_once or action_of(task) in FOR_ALL_HOSTS:
            return 'run_once'
        # Other strategies know nothing of these.
        if self._play.strategy not in ('linear', 'ansible.builtin.linear'):
            return None
        if task.any_errors_fatal:
            return 'any_errors_fatal'
        # It does not count hosts that cannot be reached.
        return None if unreachable or self._play.max_fail_percentage is None else 'max_fail_percentage'
