#!/bin/sh
# ansible-core: where a task with run_once fails and a rescue section takes the failure, the rescue section and all
# tasks after it run on that one host only. The other hosts of the play are dropped without a word: they are in no final
# count, and no failure is counted anywhere, yet the exit code is 2. Whoever reads the counts sees a success.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
cat > "$folder/play.yml" <<'PLAY'
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - block:
        - name: Once for all
          ansible.builtin.fail: {msg: not this time}
          run_once: true
      rescue:
        - name: Repair
          ansible.builtin.debug: {msg: repaired}
    - name: Work that every host needs
      ansible.builtin.debug: {msg: done}
PLAY
cd "$folder"
"$folder/venv/bin/ansible-playbook" --version | sed -n 1p
echo "expected here: after the rescue the work is done on a, b and c, as it is where the task has no run_once"
code=0
LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=False \
  "$folder/venv/bin/ansible-playbook" -i a,b,c, play.yml > out.txt 2>&1 || code=$?
cat out.txt
echo "exit code $code"
[ "$code" = 2 ]
[ "$(grep -c '^ok: \[.\] => {' out.txt)" = 2 ]
grep -q '^a .*ok=2 .*failed=0 .*rescued=1' out.txt
! grep -q '^[bc] ' out.txt
echo "seen: only a did the work; b and c are not in the counts, and nothing is counted as failed"
