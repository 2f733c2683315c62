# SPDX-License-Identifier: GPL-2.0-or-later
# Made by scripts/manual -w from the tool's usage.
_emberprof() {
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} words i
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'record report top threads check daemon status relay diff merge collect help -h --help --version' -- "$word")
		return
	fi
	if [ "$command" = help ]; then
		mapfile -t COMPREPLY < <(compgen -W 'record report top threads check daemon status relay diff merge collect' -- "$word")
		return
	fi
	# Behind -- there is a command of somebody else.
	for ((i = 2; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" != -- ] || {
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
			return
		}
	done
	case $command:$last in
	record:--output|record:-o|record:--key|record:--unwind-cache|record:--debug-dir|report:--output|report:-o|report:--source-dir|report:--symfs|report:--debug-dir|report:--vmlinux|top:--debug-dir|threads:--output|threads:-o|threads:--debug-dir|daemon:--config|daemon:-c|daemon:--unwind-cache|daemon:--debug-dir|daemon:--store|daemon:--fallback|daemon:--http-token-file|relay:--follow|relay:--spool|relay:--password-file|relay:--token-file|relay:--tls-ca|relay:--status|relay:--symfs|relay:--debug-dir|relay:--vmlinux|diff:--output|diff:-o|diff:--before|diff:--after|diff:--symfs|diff:--debug-dir|diff:--vmlinux|merge:--output|merge:-o|merge:--source-dir|merge:--symfs|merge:--debug-dir|merge:--vmlinux|collect:--output|collect:-o|collect:--keys|collect:--names|collect:--http-token|collect:--symfs|collect:--debug-dir|collect:--vmlinux) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
	record:--freq|record:-F|record:--event|record:-e|record:--block-rate|record:--mutex-rate|record:--budget|record:--cpu|record:-C|record:--pid|record:-p|record:--tid|record:-t|record:--only|record:--format|record:--flush|record:--keep|record:--resend|record:--rate|record:--per-day|record:--board|record:--duration|record:--ring-bytes|record:-m|record:--call-graph|record:--unwind-wait|report:--format|report:--event|report:-e|report:--sort|report:--list|report:--slice|report:--time|report:--pid|report:--tid|report:--comm|report:--only|report:--board|top:--event|top:-e|top:--freq|top:-F|top:--block-rate|top:--delay|top:-d|top:--iterations|top:-n|top:--rows|top:-r|top:--pid|top:-p|top:--tid|top:-t|top:--only|top:--by|top:--sort|threads:--pid|threads:-p|threads:--tid|threads:-t|threads:--format|daemon:--rate|daemon:--events|daemon:--cpus|daemon:--modes|daemon:--adopt|daemon:--ring-bytes|daemon:--budget|daemon:--memory|daemon:--call-graph|daemon:--remote-files|daemon:--board|daemon:--keep|daemon:--bytes-a-day|daemon:--flush|daemon:--interval|daemon:--fallback-keep|daemon:--log|daemon:--link|daemon:--http|daemon:--http-allow|daemon:--relay|relay:--to|relay:--spool-bytes|relay:--interval|relay:--user|relay:--timeout|relay:--label|relay:--labels|relay:--service|relay:--series|diff:--format|diff:--by|diff:--event|diff:-e|diff:--before-time|diff:--after-time|diff:--time|diff:--pid|diff:--tid|diff:--comm|diff:--only|diff:--board|merge:--format|merge:--event|merge:-e|merge:--sort|merge:--list|merge:--slice|merge:--time|merge:--pid|merge:--tid|merge:--comm|merge:--only|merge:--board|collect:--keep|collect:--user|collect:--http) return ;;
	esac
	case $command in
	record) words='-F --freq -e --event --block-rate --mutex-rate --wall -a --all-cpus --budget -C --cpu -p --pid -t --tid --only --adopt -o --output --format --flush --keep --resend --rate --per-day --key --board --duration --all-user --all-kernel --no-jitter -m --ring-bytes -g --call-graph --unwind-cache --unwind-wait --debug-dir --remote-files -q --quiet -v --verbose -h --help' ;;
	report) words='-o --output --format --top -e --event --sort --mark-inlined --tree --last-boot --lines --list --source-dir --slice --no-pager --color --no-color --time --pid --tid --comm --only --board --no-gaps -v --verbose --symfs --debug-dir --vmlinux --debuginfod --no-inlines -h --help' ;;
	top) words='-e --event -F --freq --block-rate -d --delay -n --iterations -b --batch -r --rows -p --pid -t --tid --only --by --sort --debug-dir -h --help' ;;
	threads) words='-p --pid -t --tid -o --output --format --debug-dir --remote-files -q --quiet -h --help' ;;
	check) words='--unwind --rows --json -h --help' ;;
	daemon) words='-c --config --test --pause --resume --rate --events --cpus --modes --adopt --ring-bytes --budget --memory --call-graph --unwind-cache --debug-dir --remote-files --board --store --keep --bytes-a-day --flush --interval --fallback --fallback-keep --log --link --http --http-token-file --http-allow --relay -h --help' ;;
	status) words='--cpus --json -h --help' ;;
	relay) words='--once --follow --to --otlp --spool --spool-bytes --interval --user --password-file --token-file --tls-ca --timeout --label --labels --service --series --status -q --quiet --symfs --debug-dir --vmlinux --debuginfod --no-inlines -h --help' ;;
	diff) words='-o --output --format --by -e --event --all --before --after --before-time --after-time --no-pager --color --no-color --time --pid --tid --comm --only --board --no-gaps -v --verbose --symfs --debug-dir --vmlinux --debuginfod --no-inlines -h --help' ;;
	merge) words='-o --output --format --top -e --event --sort --mark-inlined --tree --last-boot --lines --list --source-dir --slice --no-pager --color --no-color --time --pid --tid --comm --only --board --no-gaps -v --verbose --symfs --debug-dir --vmlinux --debuginfod --no-inlines -h --help' ;;
	collect) words='-o --output --keep --keys --names --pty --reindex --user --http --http-token -q --quiet --symfs --debug-dir --vmlinux --debuginfod --no-inlines -h --help' ;;
	*) return ;;
	esac
	case $word in
	-*) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	esac
}
complete -o filenames -F _emberprof emberprof
