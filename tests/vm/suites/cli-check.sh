# SPDX-License-Identifier: GPL-2.0-or-later
# `check` reports what a kernel lacks: options that aren't set, tracepoints, hidden symbols,
# a folder that can't be written, signatures and lockdown that keep the module out. The suite
# brings about each of these first. A loaded system loses nothing.
# arch: x86_64 armhf
# cpus: 2
# timeout: 180
# debug: long, it's about the tool
# turns: yes
. /lab/ktap.sh

look() { # STATUS: check ends with that, and says nothing on stderr
	rc=0
	/lab/emberprof check >/tmp/check 2>/tmp/stderr || rc=$?
	/lab/emberprof check --json >/tmp/json 2>>/tmp/stderr
	[ "$rc" = "$1" ] && [ ! -s /tmp/stderr ] && return 0
	note "exit status $rc, $1 wanted"
	show /tmp/check 40
	return 1
}

says() { # STATE WHAT [REMEDY]: in the table and in JSON
	if awk -v state="$1" -v what="$2" -v remedy="$3" '
		seen { ok = remedy == "" || (/->/ && index($0, remedy)); exit }
		$1 == state && index($0, what) { if (remedy == "") { ok = 1; exit } seen = 1 }
		END { exit !ok }' /tmp/check &&
		grep "\"state\": \"$1\"" /tmp/json | grep -q "$2"; then
		return 0
	fi
	note "'$1', '$2', '$3' wanted of:"
	show /tmp/check 40
	return 1
}

# The kernel's configuration as a file, which was missing: without the options that are needed.
mkdir -p /boot
config=/boot/config-$(uname -r)
check "not loaded: not usable" look 1
check "no configuration" says unknown "kernel configuration" "$config"
cat >"$config" <<END
CONFIG_MODULES=y
# CONFIG_HIGH_RES_TIMERS is not set
CONFIG_IRQ_WORK=y
# CONFIG_TRACEPOINTS is not set
CONFIG_TRIM_UNUSED_KSYMS=y
CONFIG_KALLSYMS=y
END
look 1
check "a configuration in /boot" says ok "$config"
check "an option that is set" says ok "MODULES is set"
check "one that is needed and isn't" says missing "HIGH_RES_TIMERS is not set" "CONFIG_HIGH_RES_TIMERS=y"
check "one that is wanted and isn't" says missing "TRACEPOINTS is not set" "CONFIG_FTRACE=y"
check "one that is better off" says missing "TRIM_UNUSED_KSYMS is set" "CONFIG_TRIM_UNUSED_KSYMS=n"
check "as many needed ones as are missing" grep -q "^not usable: 2 needed things are missing" /tmp/check
gzip -c "$config" >/tmp/config.gz
mkdir -p "/lib/modules/$(uname -r)"
mv "$config" /tmp/config
cp /tmp/config.gz "/lib/modules/$(uname -r)/config"
look 1
check "a compressed one with the modules" says ok "/lib/modules/$(uname -r)/config"
rm "/lib/modules/$(uname -r)/config"
touch "/lib/modules/$(uname -r)/modules.dep"
echo "extra/emberprof.ko:" >"/lib/modules/$(uname -r)/modules.dep"
look 1
check "installed, not loaded" says missing "installed, not loaded" "modprobe emberprof"

load
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
echo 1 >/proc/sys/kernel/kptr_restrict
check "loaded: usable" look 0
check "the module" says ok loaded
check "the device" says ok "up to 10000 Hz, 0 of 4 sessions"
for what in "kernel stacks" "user stacks" "idle CPUs" "interrupt handlers" "timer callbacks"; do
	check "feature: $what" says ok "$what"
done
if [ -d /sys/kernel/tracing/events ]; then
	check "tracepoints" says ok "all seven are there"
else
	skip "tracepoints" "this kernel has no tracefs"
fi
check "kernel symbols" says ok "kernel symbols"
check "memory" says ok "KiB available"
echo 2 >/proc/sys/kernel/kptr_restrict
check "hidden symbols: usable" look 0
check "hidden symbols" says missing "kptr_restrict is 2" "sysctl kernel.kptr_restrict=0"
/lab/emberprof record -F 999 -o /tmp/hidden.folded -- \
	sh -c 'dd if=/dev/zero of=/dev/null bs=64k count=8000 2>/dev/null' 2>/tmp/stderr
check "hidden symbols: record says so in a line" \
	[ "$(grep -c '^emberprof: kernel symbols are hidden: sysctl' /tmp/stderr)" = 1 ]
echo 0 >/proc/sys/kernel/kptr_restrict
mkdir /tmp/ro
mount -t tmpfs -o ro none /tmp/ro
(cd /tmp/ro && look 0)
check "a folder that can't be written" says missing "this folder" "record -o"

# Under load, samples are read in time.
for n in 1 2 3 4 5 6; do
	sh -c 'while :; do :; done' &
done
/lab/emberprof record -F 2000 --duration 4 -o /tmp/load.folded 2>/tmp/stderr
# shellcheck disable=SC2046 # a list
kill $(jobs -p)
wait
show /tmp/stderr
check "under load nothing is lost" grep -Eq '[0-9]{4} samples, 0 lost' /tmp/stderr

# From here on the module stays out.
unload
if echo 1 2>/dev/null >/sys/module/module/parameters/sig_enforce; then
	look 1
	check "signatures are enforced" says missing "enforced" "sign-file"
	check "the kernel keeps to it" sh -c '! insmod /lab/emberprof.ko 2>/dev/null'
else
	skip "signatures are enforced" "this kernel can't"
fi
mount -t securityfs security /sys/kernel/security 2>/dev/null
if [ -e /sys/kernel/security/lockdown ]; then
	look 1
	check "no lockdown" says ok lockdown
	echo integrity >/sys/kernel/security/lockdown
	look 1
	check "lockdown for integrity" says missing integrity "must be signed"
	echo confidentiality >/sys/kernel/security/lockdown
	look 1
	check "lockdown for confidentiality" says missing confidentiality "lockdown=confidentiality"
else
	skip "lockdown" "this kernel has none"
fi
finish
