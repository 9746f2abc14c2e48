#!/bin/sh
# ansible-runner: a task result of more than MAX_EVENT_RES characters (700,000 unless set) is not cut but replaced by an
# empty object in the event: of a failed command that printed much, exit code, message, stderr and `changed` are gone,
# without a mark that something was left out.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14 ansible-runner==2.4.3
mkdir -p "$folder/run/project" "$folder/run/inventory"
echo 'a ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"' \
  > "$folder/run/inventory/hosts"
cat > "$folder/run/project/play.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  tasks:
    - name: Back up
      ansible.builtin.shell: head -c 400000 /dev/zero | tr '\0' x; echo the disk is full >&2; exit 9
PLAY
export PATH="$folder/venv/bin:$PATH"
ansible-playbook --version | sed -n 1p
echo "ansible-runner $(ansible-runner --version)"
echo "expected here: the event says exit code 9 and 'the disk is full', with the long output shortened"
code=0
LC_ALL=C.UTF-8 ansible-runner run "$folder/run" --playbook play.yml --ident x --quiet || code=$?
python3 - "$folder/run/artifacts/x/job_events" <<'CHECK'
import json, os, sys
events = [json.load(open(os.path.join(sys.argv[1], name))) for name in os.listdir(sys.argv[1])]
failed, = (event for event in events if event['event'] == 'runner_on_failed')
print('event_data of the failure:', json.dumps({name: failed['event_data'][name] for name in ('host', 'task', 'res')}))
assert failed['event_data']['res'] == {}
CHECK
echo "exit code of ansible-runner $code"
[ "$code" = 2 ]
echo "seen: the result in the event is empty"
