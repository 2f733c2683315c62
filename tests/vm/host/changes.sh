# SPDX-License-Identifier: GPL-2.0-or-later
# The host's side of suite changes: what has changed is said, and what hasn't isn't.
# usage: as tests/vm/host/link.sh
set -eu
verb=$1 dir=$3
lab=$(dirname "$dir")/lab

compare() { # PAIR OTHER
	"$EMBER_TOOL" diff --symfs "$dir/board" -o "$dir/$1.$2.txt" "$dir/out/$1.before.ember" \
		"$dir/out/$1.$2.ember" 2>"$dir/said"
	head -n 1 "$dir/$1.$2.txt" | sed "s/^/# $1 $2: /"
	grep '^ ' "$dir/$1.$2.txt" | sed 's/^/#   /' || :
}

case $verb in
begin)
	rm -rf "$dir"
	mkdir -p "$dir/out" "$dir/board"
	echo
	echo "-o $dir/out"
	echo
	;;
end)
	cp "$lab/many" "$dir/board/"
	pairs=0 found=0 quiet=0
	while [ -e "$dir/out/$((pairs + 1)).more.ember" ]; do
		pairs=$((pairs + 1))
		compare $pairs same
		compare $pairs more
		! grep -q '^none of 2[0-9]* functions has changed' "$dir/$pairs.same.txt" || quiet=$((quiet + 1))
		! grep -Eq '[*] f077$' "$dir/$pairs.more.txt" || found=$((found + 1))
	done
	[ "$pairs" -gt 0 ] && [ $quiet = $pairs ] || printf 'not '
	echo "ok - nothing is reported in $quiet of $pairs pairs of the same"
	[ "$pairs" -gt 0 ] && [ $found = $pairs ] || printf 'not '
	echo "ok - two points more are reported in $found of $pairs"
	;;
esac
