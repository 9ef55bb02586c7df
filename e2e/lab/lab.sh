#!/bin/bash
# Real hosts for tests: systemd as PID 1, sshd, a journal and a network cable of their own, on this one machine.
#
# A lab is a private mount, network and PID namespace; its hosts are systemd-nspawn containers booted over an overlay
# of the machine's own root. Names, ports and addresses of two labs never meet, nothing outside can be reached, and all
# of it is gone when the lab ends.
#
#   lab.sh hold              makes a lab, prints its directory, ends it when standard input ends
#   lab.sh inside CMD...     makes a lab for one command
#   lab.sh selftest          a host through up, cut, heal, crash, boot and down
# and inside a lab, with MUSTER_LAB set (lab.ts enters with nsenter):
#   lab.sh up NAME ADDRESS [DISK]   boots a new host; ADDRESS in 10.99.0.0/24, .1 is the lab's own; DISK such as 64m
#   lab.sh boot|crash|down NAME     starts one that is off; takes its power away; shuts it down in order
#   lab.sh cut|heal NAME            pulls its network cable, plugs it in again
#   lab.sh ready NAME [SECONDS]     waits until ssh answers
#   lab.sh ssh NAME COMMAND         runs a shell command on it as root
#   lab.sh console NAME             what it printed while booting
#
# Needs root and Debian's openssh-server, systemd-container, dbus, iproute2, procps.
set -euo pipefail

script=$(readlink -f "$0")
# Shown to every host at its own path, read only: it may lie in /tmp or on a disk of its own, which the overlay lacks.
workspace=$(dirname "$(dirname "$(dirname "$script")")")
network=10.99.0
fail() { echo "lab: $*" >&2; exit 1; }

# --- cgroups -----------------------------------------------------------------------------------------------------
# nspawn needs a directory of its own in each tree: two on a hybrid machine, one where there is only version 2.
if [ -d /sys/fs/cgroup/unified ]; then trees=(/sys/fs/cgroup/systemd /sys/fs/cgroup/unified); else trees=(/sys/fs/cgroup); fi

# Only empty directories can be removed, so a cgroup in use cannot be harmed.
drop_cgroups() { # LAB
  local directory
  for directory in "${trees[@]/%//muster-lab-$1-*}"; do
    compgen -G "$directory" >/dev/null || continue
    find $directory -depth -type d -exec rmdir {} + 2>/dev/null || :
  done
}
# What a lab that was killed could not remove itself. A lab's name ends in the process id of its first process.
drop_stale_cgroups() {
  local directory lab
  for directory in "${trees[0]}"/muster-lab-*; do
    [ -d "$directory" ] || continue
    lab=${directory##*/muster-lab-}; lab=${lab%%-*}
    [ -d "/proc/$lab" ] || drop_cgroups "$lab"
  done
}
end_everything() {
  local tree pid round
  for tree in "${trees[@]}"; do
    for pid in $(find "$tree" -path "$tree/muster-lab-$MUSTER_LAB-*" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u); do
      # 0 is a process that this namespace cannot see.
      [ "$pid" = 0 ] || kill -KILL "$pid" 2>/dev/null || :
    done
  done
  for ((round = 0; round < 40; round++)); do
    drop_cgroups "$MUSTER_LAB"
    compgen -G "${trees[0]}/muster-lab-$MUSTER_LAB-*" >/dev/null || return 0
    sleep 0.05
  done
}

# --- the lab -----------------------------------------------------------------------------------------------------
# The mount point exists on the machine, empty; the file system on it is the lab's own.
directory=${MUSTER_LAB_DIRECTORY:-/run/muster-lab}

enter_new_lab() { # SUBCOMMAND...
  [ "$(id -u)" = 0 ] || fail "root is needed"
  local program
  for program in systemd-nspawn sshd ssh-keygen unshare ip; do
    command -v "$program" >/dev/null || fail "$program is missing: apt-get install openssh-server systemd-container dbus iproute2 procps"
  done
  drop_stale_cgroups
  export MUSTER_LAB=$$ # exec keeps the process id
  exec unshare --mount --propagation private --net --pid --fork --kill-child --mount-proc "$script" "$@"
}

lay_out() {
  mkdir -p "$directory" /run/netns /run/sshd
  mount -t tmpfs muster-lab "$directory"
  mount -t tmpfs muster-lab-netns /run/netns
  ip link set lo up
  ip link add br0 type bridge
  ip address add "$network.1/24" dev br0
  ip link set br0 up
  ssh-keygen -q -t ed25519 -N '' -C muster-lab -f "$directory/id"
  : >"$directory/known_hosts"
}

as_first_process() { # hold | CMD...
  lay_out
  local code=0
  if [ "$1" = hold ]; then
    echo "$directory"
    cat >/dev/null || :
  else
    "$@" || code=$?
  fi
  end_everything
  exit "$code"
}

# --- hosts -------------------------------------------------------------------------------------------------------
host_directory() { # NAME -> home
  [[ ${1:-} =~ ^[a-z][a-z0-9]{0,11}$ ]] || fail "a host's name is 1 to 12 of a-z and 0-9, not '${1:-}'" # "v-NAME" must fit 15 bytes
  [ -n "${MUSTER_LAB:-}" ] || fail "this works inside a lab only"
  home=$directory/$1
}
existing() { host_directory "$1"; [ -f "$home/address" ] || fail "there is no host '$1'"; }
running() { [ -s "$home/nspawn.pid" ] && kill -0 "$(cat "$home/nspawn.pid")" 2>/dev/null; }
await_end() { # NAME
  local round
  for ((round = 0; round < 600; round++)); do running || return 0; sleep 0.05; done
  fail "'$1' did not end within 30 s"
}

up() { # NAME ADDRESS [DISK]
  host_directory "$1"
  local name=$1 address=${2:-} disk=${3:-} root=$home/root
  [[ $address == "$network".* ]] || fail "the address must be in $network.0/24"
  [ ! -e "$home" ] || fail "'$name' exists"
  mkdir -p "$home"
  [ -z "$disk" ] || mount -t tmpfs -o "size=$disk" "muster-lab-$name" "$home"
  mkdir -p "$home/upper" "$home/work" "$root"
  mount -t overlay "muster-lab-$name" -o "lowerdir=/,upperdir=$home/upper,workdir=$home/work" "$root"
  give_cable "$name" "$address"
  silence_packages "$root"
  give_identity "$name" "$address" "$root"
  echo "$address" >"$home/address"
  boot "$name"
}

give_cable() { # NAME ADDRESS
  ip netns add "$1"
  ip link add "v-$1" type veth peer name eth0 netns "$1"
  ip link set "v-$1" master br0 up
  ip -n "$1" link set lo up
  ip -n "$1" address add "$2/24" dev eth0
  ip -n "$1" link set eth0 up
}

# What apt installed on the machine must not start on the host; only sshd does.
silence_packages() { # ROOT
  rm -rf "$1"/etc/systemd/system/*.wants "$1"/etc/systemd/system/*.requires "$1"/etc/rc?.d "$1/etc/init.d" "$1/etc/fstab" \
    "$1/var/log/journal" "$1"/etc/ssh/ssh_host_* "$1"/etc/ssh/sshd_config.d/*
  mkdir -p "$1/var/log/journal" "$1/etc/systemd/system/multi-user.target.wants"
  ln -s /lib/systemd/system/ssh.service "$1/etc/systemd/system/multi-user.target.wants/"
}

give_identity() { # NAME ADDRESS ROOT
  tr -d - </proc/sys/kernel/random/uuid >"$3/etc/machine-id"
  echo "$1" >"$3/etc/hostname"
  echo "127.0.0.1 localhost $1" >"$3/etc/hosts"
  # What this machine's root runs at each login is nothing of a host's: one that was rebooted in the middle of it may have
  # left a lock there, which holds up every login after that for a minute.
  (cd "$3/root" && rm -f .bashrc .profile .bash_profile .bash_login)
  mkdir -p "$3/root/.ssh"
  chmod 700 "$3/root/.ssh"
  install -m 600 "$directory/id.pub" "$3/root/.ssh/authorized_keys"
  ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$3/etc/ssh/ssh_host_ed25519_key"
  echo "$2 $(cut -d' ' -f1,2 "$3/etc/ssh/ssh_host_ed25519_key.pub")" >>"$directory/known_hosts"
}

enter_cgroups() { # NAME
  local tree
  for tree in "${trees[@]}"; do
    mkdir -p "$tree/muster-lab-$MUSTER_LAB-$1"
    echo 0 >"$tree/muster-lab-$MUSTER_LAB-$1/cgroup.procs"
  done
}

run_host() { # NAME; ends when the host does, starts it again when it asked for a reboot
  local code
  while enter_cgroups "$1"; do
    # Without a system bus on the machine nspawn can register nothing, and takes its cgroup as it is.
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 setsid systemd-nspawn --quiet --boot --directory="$home/root" \
      --machine="$1-$MUSTER_LAB" --register=no --keep-unit --console=pipe --network-namespace-path="/run/netns/$1" \
      --tmpfs=/tmp --bind-ro="$workspace" --resolv-conf=off --timezone=off --capability=all --system-call-filter="add_key keyctl bpf" &
    echo $! >"$home/nspawn.pid"
    code=0
    wait $! || code=$?
    echo "lab: the host ended with $code"
    [ "$code" = 133 ] || return 0 # 133 asks for a reboot
  done
}

boot() { # NAME
  existing "$1"
  ! running || fail "'$1' is running"
  rm -f "$home/nspawn.pid"
  run_host "$1" >>"$home/console.log" 2>&1 </dev/null &
  local round
  for ((round = 0; round < 100; round++)); do [ ! -s "$home/nspawn.pid" ] || return 0; sleep 0.02; done
  fail "'$1' did not start"
}

down() { existing "$1"; ! running || { kill -TERM "$(cat "$home/nspawn.pid")"; await_end "$1"; }; }
# Its child is the host's PID 1; killing nspawn itself would leave the host running.
crash() { existing "$1"; kill -KILL "$(pgrep -P "$(cat "$home/nspawn.pid")" -x systemd)"; await_end "$1"; }
# Not called "cut": a function of that name would hide the program.
unplug() { existing "$1"; ip link set "v-$1" down; }
plug() { existing "$1"; ip link set "v-$1" up; }

on_host() { # NAME COMMAND
  existing "$1"
  ssh -q -F /dev/null -i "$directory/id" -o BatchMode=yes -o ConnectTimeout=2 -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile="$directory/known_hosts" -o GlobalKnownHostsFile=/dev/null "root@$(cat "$home/address")" "${@:2}"
}
ready() { # NAME [SECONDS]; systemd says "running" a little before sshd accepts, so ssh itself is asked
  local until=$((SECONDS + ${2:-30}))
  until on_host "$1" true </dev/null 2>/dev/null; do
    [ $SECONDS -lt $until ] || { tail -20 "$home/console.log" >&2; fail "'$1' did not answer ssh in time"; }
    sleep 0.05
  done
}

selftest() {
  up a "$network.11" 64m; ready a
  [ "$(on_host a 'cat /proc/1/comm')" = systemd ] || fail "PID 1 is not systemd"
  unplug a; ! on_host a true 2>/dev/null || fail "the cut did not cut"
  plug a; ready a
  crash a; ! running || fail "the crash did not crash"
  boot a; ready a
  down a; ! running || fail "it is still running"
  echo "lab: sound"
}

command=${1:-}
[ $# = 0 ] || shift
case $command in
  hold) enter_new_lab as-first-process hold ;;
  inside) enter_new_lab as-first-process "$@" ;;
  selftest) if [ -n "${MUSTER_LAB:-}" ]; then selftest; else enter_new_lab as-first-process "$script" selftest; fi ;;
  as-first-process) as_first_process "$@" ;;
  up | boot | crash | down | ready) "$command" "$@" ;;
  cut) unplug "$@" ;;
  heal) plug "$@" ;;
  ssh) on_host "$@" ;;
  console) existing "${1:-}"; cat "$home/console.log" ;;
  *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$script"; exit 64 ;;
esac
