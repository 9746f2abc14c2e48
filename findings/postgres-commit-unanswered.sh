#!/bin/sh
# PostgreSQL: a COMMIT that waits for a synchronous standby is on the disk already. When the connection is ended, or the
# server is, before the standby has answered, the client hears of a failure; nobody has seen the row so far, and it is
# there afterwards. Whoever takes the error for a rollback and repeats the work does it twice.
set -eu
python=${PYTHON:-python3}
folder=$(mktemp -d)
log=$folder/server.txt
as=
# The server does not run as root.
if [ "$(id -u)" = 0 ]; then
  as='setpriv --reuid=nobody --regid=nogroup --clear-groups'
  chown nobody:nogroup "$folder"
fi
bin=
leave() {
  [ -z "$bin" ] || $as "$bin/pg_ctl" -D "$folder/data" -m immediate stop > "$folder/stop.txt" 2>&1 || true
  rm -rf "$folder"
}
trap leave EXIT
"$python" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps pgserver==0.1.4
bin=$(dirname "$(find "$folder/venv" -path '*/pginstall/bin/initdb')")
sql() { $as env LC_ALL=C "$bin/psql" -X -q -A -t -h "$folder" -U postgres -d postgres "$@"; }
# Processes of a server that was killed hold its memory for a moment longer.
start() {
  for _ in $(seq 60); do
    $as "$bin/pg_ctl" -D "$folder/data" -l "$log" -w start > "$folder/start.txt" 2>&1 && return
    sleep 1
  done
  cat "$log"
  return 1
}
$as "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync > "$folder/initdb.txt"
cat >> "$folder/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$folder'
synchronous_standby_names = 'nobody'
SETTINGS
start
sql -c 'SHOW server_version'
sql -c "SET synchronous_commit = local; CREATE TABLE work (done text)"
# Begins to commit a row, and is left waiting for the standby.
begin() {
  sql -c "INSERT INTO work VALUES ('$1')" > "$folder/client.txt" 2>&1 &
  client=$!
  for _ in $(seq 300); do
    waiting=$(sql -c "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    [ -n "$waiting" ] && break
    sleep 0.1
  done
  echo "rows $1 while it waits: $(rows "$1")"
}
rows() { sql -c "SELECT count(*) FROM work WHERE done = '$1'"; }
over() {
  code=0
  wait "$client" || code=$?
  head -n 1 "$folder/client.txt"
  echo "exit code of the client $code"
}
{
  echo '--- the connection is ended'
  begin ended
  sql -c "SELECT pg_terminate_backend($waiting)" > "$folder/terminated.txt"
  over
  echo "rows ended: $(rows ended)"
  echo '--- the server is killed and started again'
  begin killed
  kill -9 "$(head -n 1 "$folder/data/postmaster.pid")"
  over
  start
  echo "rows killed: $(rows killed)"
} | tee "$folder/out.txt"
echo 'expected: a failure that the client hears of has left nothing behind'
for how in ended killed; do
  grep -qx "rows $how while it waits: 0" "$folder/out.txt"
  grep -qx "rows $how: 1" "$folder/out.txt"
done
[ "$(grep -c '^exit code of the client [1-9]' "$folder/out.txt")" = 2 ]
echo 'seen: each row is there although its client was told of a failure, and nobody had seen it before'
