#!/bin/sh
# ansible-core: with any_errors_fatal a host of the first batch that cannot be reached ends the play for the healthy
# hosts of that batch, without a failure of theirs; but the batches after it run in full. With a host that fails in its
# place, no later batch begins.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
cat > "$folder/play.yml" <<'PLAY'
- hosts: all
  gather_facts: false
  any_errors_fatal: true
  serial: 2
  tasks:
    - name: Stop the service
      ansible.builtin.command: "{{ 'false' if inventory_hostname == broken | default('') else 'true' }}"
    - name: Start the service
      ansible.builtin.debug: {msg: started}
PLAY
cd "$folder"
interpreter="ansible_python_interpreter={{ansible_playbook_python}}"
hosts() { # the name of the first host, and its connection
  printf '%s %s %s\n' "$1" "$2" "$interpreter"
  for host in b c d; do printf '%s ansible_connection=local %s\n' "$host" "$interpreter"; done
}
play() {
  code=0
  LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_TIMEOUT=5 \
    "$folder/venv/bin/ansible-playbook" -i hosts "$@" play.yml > out.txt 2>&1 || code=$?
  cat out.txt
  echo "exit code $code"
}
"$folder/venv/bin/ansible-playbook" --version | sed -n 1p
echo "expected here: an error that is fatal for all ends the run, whether the host failed or could not be reached"
echo "--- a fails"
hosts a ansible_connection=local > hosts
play -e broken=a
[ "$code" = 2 ]
[ "$(grep -c '"msg": "started"' out.txt)" = 0 ]
! grep -q '^[cd] .*ok=' out.txt
echo "--- a cannot be reached"
hosts a 'ansible_host=nowhere.invalid' > hosts
play
[ "$code" = 4 ]
[ "$(grep -c '"msg": "started"' out.txt)" = 2 ]
grep -q '^b .*ok=1 .*failed=0' out.txt
grep -q '^c .*ok=2' out.txt
grep -q '^d .*ok=2' out.txt
echo "seen: b stopped its service and never started it, nothing is counted against it; c and d did both"
