#!/bin/sh
# A node's cable and control group, made in its new network namespace while this machine's processes can still be named.
# Arguments: name, folder, pid of the switch, control group, then those of node-init.sh.
set -eu
name=$1 folder=$2 switch=$3 cgroup=$4
shift 4

for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
  if [ -d "$hierarchy/$cgroup" ]; then
    # Beside the pods' group: version 2 allows no processes in a group that has others below it.
    mkdir -p "$hierarchy/$cgroup/services"
    echo $$ > "$hierarchy/$cgroup/services/cgroup.procs"
  fi
done
ip link add eth0 type veth peer name "$name" netns "$switch"
nsenter --target "$switch" --net ip link set "$name" master lan up
exec unshare --pid --fork --kill-child --mount-proc bash "$(dirname "$0")/node-init.sh" "$name" "$folder" "$@"
