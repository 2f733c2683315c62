#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest, a Debian that systemd has booted: the packages at work, and purged. TAP, then
# the lab's last line, on the second serial port.
stty -F /dev/ttyS1 raw -echo
exec >/dev/ttyS1 2>/dev/console </dev/null
export DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root
count=0
failed=0
data=/var/lib/emberprof
unit=emberprof-collect.service

check() { # WHAT COMMAND...
	what=$1
	shift
	count=$((count + 1))
	if "$@" >/tmp/said 2>&1; then
		echo "ok $count - $what"
	else
		echo "not ok $count - $what"
		failed=$((failed + 1))
		tail -n 20 /tmp/said | sed 's/^/# /'
	fi
}

await() { # COMMAND...: half a minute at most
	tries=60
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.5
	done
}

# In a long run all is installed here, and an emulated compiler builds the module.
install_here() {
	# shellcheck disable=SC2046 # a list
	apt-get install -y --no-install-recommends $(cat /packages/old) /packages/*.deb &&
		dkms status | grep "emberprof/.*, $(uname -r),.*: installed"
}

upgrade_here() {
	# shellcheck disable=SC2046 # a list
	apt-get install -y --no-install-recommends $(cat /packages/new) &&
		[ "$(dkms status | grep -c 'emberprof/.*: installed')" = 2 ]
}

loaded() {
	grep '^emberprof ' /proc/modules && [ -c /dev/emberprof ] &&
		modinfo -n emberprof | grep "/lib/modules/$(uname -r)/updates/dkms/emberprof.ko"
}

at_boot() {
	systemctl -q is-active systemd-modules-load.service && loaded
}

version() {
	emberprof --version | grep -x "emberprof $(dpkg-query -W -f '${Version}' emberprof)"
}

record() {
	emberprof record -a --duration 2 -o /tmp/all.folded && [ -s /tmp/all.folded ]
}

record_command() { # TOOL
	"$1" record -F 499 -o /tmp/gzip.folded -- gzip -c /usr/bin/perl >/dev/null || return 1
	cat /tmp/gzip.folded
	grep -q '^gzip' /tmp/gzip.folded
}

alternative() {
	[ "$(readlink -f /usr/bin/emberprof)" = /usr/libexec/emberprof/emberprof-workstation ] &&
		emberprof help diff
}

sends() { # board's logs over the network
	emberprof record -a --duration 2 -o udp://127.0.0.1:4577 -- sleep 1
}

collected() {
	[ -n "$(find $data/ -name '*.ember' -size +0)" ]
}

script() { # ACTION, of the init script, not of systemd in its place
	SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/emberprof-collect "$1"
}

by_script() {
	script start && script status && script start && sends && await collected &&
		[ "$(stat -c %U "/proc/$(cat /run/emberprof-collect.pid)")" = nobody ] &&
		script stop && ! script status && emberprof report $data | grep samples
}

wrong_address() {
	echo 'ADDRESS=udp://nowhere:1' >>/etc/default/emberprof-collect
	rc=0
	script start >/tmp/script 2>&1 && rc=1
	systemctl start $unit && rc=1
	systemctl stop $unit
	sed -i '/nowhere/d' /etc/default/emberprof-collect
	cat /tmp/script
	[ $rc = 0 ] && [ "$(grep -c '^emberprof: .*nowhere' /tmp/script)" = 1 ] &&
		grep '^emberprof-collect: did not start' /tmp/script && ! script status
}

# As with Secure Boot, where the machine's key is not enrolled.
unenrolled() {
	rmmod emberprof || return 1
	echo 1 >/sys/module/module/parameters/sig_enforce
	modprobe emberprof >/tmp/modprobe 2>&1 && return 1
	cat /tmp/modprobe
	grep 'Key was rejected by service' /tmp/modprobe && [ "$(wc -l </tmp/modprobe)" = 1 ]
}

off() {
	! systemctl -q is-active $unit && [ "$(systemctl is-enabled $unit)" = disabled ]
}

by_systemd() {
	rm -rf $data
	systemctl start $unit && systemctl is-active $unit && sends && await collected &&
		emberprof report $data | grep samples
}

again() { # the package once more: a running collector is another process, and runs
	was=$(systemctl show -p MainPID $unit)
	dpkg -i /packages/emberprof-workstation_*.deb && systemctl is-active $unit &&
		[ "$was" != "$(systemctl show -p MainPID $unit)" ]
}

purge() {
	apt-get purge -y 'emberprof*'
}

ended() {
	! grep -l '^emberprof' /proc/[0-9]*/comm && ! systemctl -q is-active $unit
}

# What was not there before and no package has; not ours are what a kernel's package makes, the
# key with which dkms signs every module, others' alternatives, and what runs by itself.
nothing_left() {
	sed 's#^/\(bin\|sbin\|lib[0-9]*\)/#/usr/\1/#' /var/lib/dpkg/info/*.list | sort -u >/tmp/owned
	find / -xdev ! -lname '/etc/alternatives/*' | sort | comm -23 - /tmp/owned | comm -23 - /packages/before |
		grep -vE '^/(proc|sys|dev|run|tmp|packages|lost.found)(/|$)|^/boot/|^/(vmlinuz|initrd.img)' |
		grep -vE '^/var/(log|cache|tmp|lib/systemd|lib/apt|lib/dpkg|lib/initramfs-tools|lib/ucf)(/|$)' |
		grep -vE '^/var/lib/dkms/mok|/modules/[^/]*/modules\.|^/etc/alternatives/|__pycache__' |
		grep -vE '^/etc/systemd/system/(default.target.wants|packages.service)|^/etc/(machine-id|ld.so.cache|(group|passwd|shadow|gshadow)-)$' >/tmp/left
	find / -xdev -iname '*emberprof*' ! -path '/packages*' ! -path '/var/log/*' ! -path '/var/cache/*' >>/tmp/left
	cat /tmp/left
	[ ! -s /tmp/left ]
}

echo "lab: booted"
. /packages/mode
if [ -n "$here" ]; then
	check "apt install ./*.deb, and DKMS builds the module" install_here
	check "a newer kernel, and DKMS builds the module for it" upgrade_here
	check "modprobe emberprof" modprobe emberprof
else
	check "the module is loaded at boot" at_boot
fi
check "from where DKMS put it" loaded
check "the kernel is $kernel" [ "$(uname -r)" = "$kernel" ]
check "emberprof --version" version
check "emberprof check" emberprof check
check "emberprof record -a" record
check "emberprof record of a command" record_command emberprof
check "the workstation's tool is emberprof" alternative
check "the board's records, too" record_command /usr/libexec/emberprof/emberprof-board
check "the collector is off" off
check "the init script starts, collects and stops" by_script
check "an address that is none fails" wrong_address
check "systemd's unit starts and collects" by_systemd
check "a running collector goes on after an upgrade" again
check "with signatures enforced modprobe fails in one line" unenrolled
check "purge" purge
check "the collector has ended" ended
check "purge leaves nothing" nothing_left
check "the kernel has no complaint" sh -c '! dmesg | grep -E "BUG:|WARNING:|Oops|Call Trace"'
echo "1..$count"
echo "lab: exit $((failed > 0))"
systemctl poweroff -ff
