#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# bash and zsh complete commands, options and files as the tool has them. TAP on stdout.
set -eu
cd "$(dirname "$0")/../.."
count=0

result() { # ok|"not ok" WHAT
	count=$((count + 1))
	echo "$1 $count - $2"
}

bash_completes() { # WORD-THAT-IS-OFFERED WORD...
	wanted=$1
	shift
	# shellcheck disable=SC2016 # bash expands that
	if bash -c '. packaging/completions/emberprof.bash
		wanted=$1; shift
		COMP_WORDS=(emberprof "$@"); COMP_CWORD=$#
		_emberprof
		for word in "${COMPREPLY[@]}"; do [ "$word" != "$wanted" ] || exit 0; done
		exit 1' bash "$wanted" "$@"; then
		result ok "bash offers $wanted for: emberprof $*"
	else
		result "not ok" "bash offers $wanted for: emberprof $*"
	fi
}

bash_completes record rec
bash_completes collect ""
bash_completes report help rep
bash_completes --duration record --dur
bash_completes --before-time diff --before
bash_completes README.md report READ
bash_completes README.md record -o READ
bash_completes make record -- mak
bash_completes doc report --symfs do

command -v zsh >/dev/null || {
	result ok "zsh completes # SKIP there is no zsh: install zsh"
	echo "1..$count"
	exit 0
}
# zsh completes in a terminal alone: one that zpty makes. Each word has one way to go on.
zsh_completes() { # TYPED COMPLETED
	# shellcheck disable=SC2016 # zsh expands that
	said=$(timeout 60 zsh -f -c 'zmodload zsh/zpty
		zpty shell "zsh -f -i"
		zpty -w shell "PS1=; fpath=($PWD/packaging/completions \$fpath); autoload -U compinit; compinit -u -D; print ready"
		zpty -r shell text "*ready*ready*"
		zpty -w -n shell "$1"$'"'\\t'"'
		integer tries=200
		said=
		while ((tries-- > 0)); do
			zpty -r -t shell text && said+=$text || sleep 0.05
			plain=$(print -r -- "$said" | sed "s/\x1b\[[0-9;?]*[a-zA-Z]//g")
			[[ $plain != *"$2"* ]] || break
		done
		zpty -d shell
		print -r -- "$plain"' zsh "$1" "$2" 2>&1 || true)
	case $said in
	*"$2"*) result ok "zsh makes \"$2\" of \"$1\"" ;;
	*)
		result "not ok" "zsh makes \"$2\" of \"$1\""
		echo "$said" | sed 's/^/# /'
		;;
	esac
}

zsh_completes "emberprof recor" "emberprof record "
zsh_completes "emberprof record --durat" "emberprof record --duration="
zsh_completes "emberprof report README.m" "emberprof report README.md "
zsh_completes "emberprof diff --before-ti" "emberprof diff --before-time="
echo "1..$count"
