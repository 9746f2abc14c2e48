#!/bin/bash
# First process of a node, in PID, mount, network and UTS namespaces of its own; everything on the node dies with it.
# Arguments: name, folder with the node's files, address with prefix length, its pods' network, all pods' network,
# commands of kubelet and kube-proxy, then `NETWORK=ADDRESS` for the pods of each other node.
set -eu
name=$1 folder=$2 address=$3 pods=$4 all_pods=$5 kubelet=$6 kube_proxy=$7
shift 7
export PATH="$PATH:/usr/sbin:/sbin" HOME=/root

hostname "$name"
mount --make-rshared /
# Under a fixed short name: the folder may lie below one that is covered next, and a socket's path is limited to 107
# bytes.
mount --bind "$folder" /mnt
for place in lib log; do
  mkdir -p "/mnt/var/$place"
  mount --bind "/mnt/var/$place" "/var/$place"
done
mount -t tmpfs -o mode=0755 tmpfs /run
# kubelet sets these for the whole machine unless it finds them so. What it finds are files of the node's own.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
  kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=/mnt/sysctl/${setting%=*}
  mkdir -p "$(dirname "$file")"
  echo "${setting#*=}" > "$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

ip link set lo up
ip address add "$address" dev eth0
ip link set eth0 up
for route in "$@"; do
  ip route add "${route%=*}" via "${route#*=}"
done
echo 1 > /proc/sys/net/ipv4/ip_forward
# Without this a Service answers its own node's pods past the address translation, and they drop the answer.
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables
iptables -t nat -A POSTROUTING -s "$pods" ! -d "$all_pods" -j MASQUERADE

# A node that was cut off leaves it behind.
rm -f /mnt/containerd.sock
containerd --config /mnt/containerd.toml >> /mnt/containerd.log 2>&1 &
containerd=$!
# kubelet does not wait for it.
until [ -S /mnt/containerd.sock ]; do
  kill -0 "$containerd" || tail -n 5 /mnt/containerd.log >&2
  sleep 0.1
done
"$kubelet" --config=/mnt/kubelet.yaml --kubeconfig=/mnt/kubelet.kubeconfig \
  --hostname-override="$name" --node-ip="${address%/*}" \
  --node-labels="topology.kubernetes.io/region=local,topology.kubernetes.io/zone=zone-${name##*-}" \
  >> /mnt/kubelet.log 2>&1 &
"$kube_proxy" --config=/mnt/kube-proxy.yaml --hostname-override="$name" >> /mnt/kube-proxy.log 2>&1 &
# A node on which one of them has ended is no node. Waiting also takes in what containers leave to the first process.
wait -n || true
tail -n 5 /mnt/*.log >&2
echo "A program of $name ended: the ends of their logs are above." >&2
exit 1
