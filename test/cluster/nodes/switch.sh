#!/bin/sh
# The switch that connects the nodes with each other and with this machine: a bridge in a network namespace of its own,
# so that it vanishes with this process. Arguments: name of the device on this machine, its address, the switch's
# address, both with the prefix length.
set -eu
device=$1 host=$2 switch=$3
keeper=$PPID

ip link set lo up
ip link add lan type bridge
ip address add "$switch" dev lan
ip link set lan up
ip link add uplink type veth peer name "$device" netns "$keeper"
ip link set uplink master lan up
nsenter --target "$keeper" --net sh -eu -c 'ip address add "$2" dev "$1"; ip link set "$1" up' sh "$device" "$host"
exec sleep infinity
