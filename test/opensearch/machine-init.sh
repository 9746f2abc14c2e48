#!/bin/sh
# Runs one node. Lives until its standard input ends, that is until whoever started the node ends it or dies;
# the node dies with it.
# Arguments: the user to run as (empty: this one), then the command.
user=$1
shift
# What runs in the background has no standard input but what it is given by another number.
exec 3<&0
if [ -n "$user" ]; then
  setpriv --reuid="$user" --regid="$user" --clear-groups -- "$@" </dev/null 3<&- &
else
  "$@" </dev/null 3<&- &
fi
node=$!
(while read -r _; do :; done; kill -9 "$node" 2>/dev/null) <&3 &
watch=$!
trap 'kill -TERM "$node"' TERM
wait "$node"
code=$?
# The trap ends the first wait, not the node.
while kill -0 "$node" 2>/dev/null; do wait "$node"; code=$?; done
kill "$watch" 2>/dev/null
exit "$code"
