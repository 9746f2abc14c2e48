#!/bin/sh
# ansible-core: without a terminal a variable of vars_prompt that has no default is not undefined, and no error: it has
# the text "None", which passes `is defined` and `is not none`, and the play goes on with it. With a terminal Ansible
# would wait for an answer.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core==2.19.14
cat > "$folder/play.yml" <<'PLAY'
- hosts: localhost
  connection: local
  gather_facts: false
  vars_prompt:
    - name: release
      prompt: Which release
      private: false
  tasks:
    - name: Make sure that somebody has chosen
      ansible.builtin.assert:
        that: [release is defined, release is not none, release | length > 0]
    - name: Remove what the release had
      ansible.builtin.debug: {msg: "rm -r /srv/releases/{{ release }}"}
PLAY
"$folder/venv/bin/ansible-playbook" --version | sed -n 1p
echo "expected here: an error that names the variable nobody has answered for, or an undefined one"
code=0
LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=false \
  "$folder/venv/bin/ansible-playbook" "$folder/play.yml" < /dev/null > "$folder/out.txt" 2>&1 || code=$?
cat "$folder/out.txt"
echo "exit code $code"
[ "$code" = 0 ]
grep -q 'Not prompting as we are not in interactive mode' "$folder/out.txt"
grep -q '"msg": "rm -r /srv/releases/None"' "$folder/out.txt"
echo 'seen: a warning, exit code 0, and the text "None" as if somebody had typed it'
