#!/bin/sh
# One zone, in a mount namespace of its own. It ends with whoever started it.
# Arguments: where the share is mounted, how large it may become, python, configuration.
set -eu
mount --make-rprivate /
# A file system that is mounted with the share's name is taken for the share: no NFS server is needed.
mkdir -p "$1"
mount -i -t tmpfs -o "size=$2,mode=0777" 127.0.0.1:/vol01 "$1"
exec setpriv --pdeathsig KILL "$3" "$(dirname "$0")/zone.py" "$4"
