# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154,SC2034 # variables of other parts, and for them
# The daemon, its ports and what the module holds; sourced, never run. $work is a
# folder for sockets and logs.

# vhuged_run COMMAND...: start it as the daemon $vhuged_pid.
vhuged_run()
{
	: >"$work/vhuged.log"
	start "$work/vhuged.log" "$@"
	vhuged_pid=$child
}

# vhuged_serves SOCKETS: whether it listens on that many.
vhuged_serves()
{
	gone "$vhuged_pid" || says "$work/vhuged.log" 'serving port' "$1"
}

# vhuged_start PORT...: with a socket $work/PORT.sock for each port.
vhuged_start()
{
	local port options=()

	for port; do
		options+=(--socket-path="$work/$port.sock" --port="$port")
	done
	vhuged_run build/user/vhuged "${options[@]}"
	wait_for 60 vhuged_serves $#
	for port; do
		ip link set "$port" up
	done
}

# port_count PORT COUNTER: of the standard statistics of interfaces.
port_count()
{
	echo "$(<"/sys/class/net/$1/statistics/$2")"
}

# lane_count PORT COUNTER: of ethtool -S.
lane_count()
{
	ethtool -S "$1" | awk -v name="$2:" '$1 == name { print $2 }'
}

# queue_count PORT dropped|backlog: packets, of the interface's queueing.
queue_count()
{
	tc -s qdisc show dev "$1" | awk -v what="$2" '
		/dropped/ { dropped += $7 }
		/backlog/ { backlog += $3 }
		END { print what == "dropped" ? dropped + 0 : backlog + 0 }'
}

carrier()
{
	echo "$(<"/sys/class/net/$1/carrier")"
}

# xdp_attach PORT PROGRAM [DEFINITION]: one of those beside this file.
xdp_attach()
{
	clang -O2 -target bpf ${3:+"-D$3"} -c "selftests/e2e/lib/$2.c" -o "$work/$2.o"
	ip link set "$1" xdpdrv obj "$work/$2.o" sec xdp
}

ports()
{
	ip -o link show type vhuge | cut -d ' ' -f 2 | sed 's/[:@].*//'
}

ports_delete()
{
	local port

	for port in $(ports); do
		ip link delete "$port"
	done
}

# held: what the module has of guests.
held()
{
	local said

	said=$(build/user/vhuge show)
	# N ports, and then it; more behind a semicolon
	said=${said##*$'\n'}
	said=${said#*, }
	echo "${said%%;*}"
}

# pool: the 2 MiB hugepages: how many, and how many are not simply free.
pool()
{
	(cd /sys/kernel/mm/hugepages/hugepages-2048kB &&
		grep . nr_hugepages free_hugepages resv_hugepages surplus_hugepages) | tr '\n' ' '
}

# holds_nothing: whether no guest has anything of the module.
holds_nothing()
{
	[ ! -e /sys/module/vhuge ] || [ "$(held)" = '0 devices, 0 bytes pinned' ]
}

# nothing_held POOL: nor of the hugepages.
nothing_held()
{
	[ "$(pool)" = "$1" ] && holds_nothing
}

module_load()
{
	[ -e /sys/module/vhuge ] || insmod "build/$VHUGE_KERNEL/vhuge.ko"
}
