#!/bin/sh
# ansible-core: over a local connection a task with async writes its state below $HOME, but is waited for below the home
# directory that passwd names for the user. Where the two differ, as in a service with a HOME of its own, the task fails
# with "could not find job" although its command did its work.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
mkdir "$folder/home"
cat > "$folder/play.yml" <<PLAY
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Work in the background
      ansible.builtin.command: {cmd: "sh -c 'sleep 1; echo done > $folder/done'"}
      async: 60
      poll: 2
PLAY
"$folder/venv/bin/ansible-playbook" --version | sed -n 1p
play() {
  code=0
  rm -f "$folder/done"
  env LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=false HOME="$folder/home" "$@" \
    "$folder/venv/bin/ansible-playbook" "$folder/play.yml" < /dev/null > "$folder/out.txt" 2>&1 || code=$?
  cat "$folder/out.txt"
  echo "exit code $code"
}
echo "expected here: the task is waited for where it writes, whatever HOME is"
echo "--- async_dir as it is by default, ~/.ansible_async"
play
[ "$code" = 2 ]
grep -q 'could not find job' "$folder/out.txt"
# The job itself needs another moment.
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -e "$folder/done" ] || sleep 1; done
[ "$(cat "$folder/done")" = done ]
[ -n "$(ls "$folder/home/.ansible_async")" ]
echo "--- async_dir as an absolute path"
play ANSIBLE_ASYNC_DIR="$folder/async"
[ "$code" = 0 ]
[ "$(cat "$folder/done")" = done ]
echo 'seen: "could not find job" for a job that came to its good end; with an absolute path it is found'
