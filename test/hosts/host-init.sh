#!/bin/sh
# First process of a test host, in its own PID, mount, network and UTS namespaces.
# Argument: folder with the host's files. Lives until its standard input ends, that is until whoever started the host
# stops it or dies; everything in the host dies with it.
set -eu
folder=$1

# The folder must outlive the tmpfs that is laid over the temporary folder's neighbours, and be out of reach of those
# who log in.
for place in /srv /home /root /run /var/tmp; do
  mount -t tmpfs -o mode=0755 tmpfs "$place"
done
chmod 1777 /var/tmp
chmod 0700 /root
mkdir -m 0755 /run/sshd /srv/fleetwright-host
mkdir -m 0700 /home/deploy
chown 1990:1990 /home/deploy /srv/fleetwright-host

for name in passwd group shadow hosts; do
  mount --bind "$folder/etc/$name" "/etc/$name"
done
mount --bind "$folder/etc/sudoers.d" /etc/sudoers.d
hostname "$(cat "$folder/name")"

# The other side makes the network device, then says so.
read -r address gateway
ip link set lo up
ip address add "$address/32" peer "$gateway" dev eth0
ip link set eth0 up

/usr/sbin/sshd -D -e -f "$folder/sshd_config" &
while read -r _; do :; done
rm -rf "$folder"
rmdir "$(dirname "$folder")" 2>/dev/null || true
