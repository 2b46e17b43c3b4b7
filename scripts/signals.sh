#!/usr/bin/env bash
# Functions that pipeline.sh, follow.sh and sweep.sh share. Each reads this file with "source". It runs nothing by
# itself.
#
# It makes the script stoppable: SIGINT, SIGTERM, SIGHUP or SIGUSR1 to the script (from a terminal, a batch system
# or kill) reaches the tool at the end of the running pipeline. train then saves its checkpoint. The script waits for
# that and ends with 128 plus the number of its signal: 130, 143, 129 or 138.
#
# Status 75 means: not finished, call it again. Status 1 means that the work failed, 2 that the call is wrong.
set -euo pipefail

# help FILE: prints the comment at the head of a script.
help() {
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"
}

# fail STATUS MESSAGE: ends the script.
fail() {
	echo "${0##*/}: $2" >&2
	exit "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Behind a pipeline: returns the status of the first tool that failed. pipefail alone gives the last's.
first() {
	local status
	for status in "$@"; do [ "$status" -eq 0 ] || return "$status"; done
}

# last COMMAND…: is the last command of a pipeline, the one that a signal has to reach. Pipelines that run side by side
# have one each.
last() {
	echo "$BASHPID" >> "$work/last"
	exec "$@"
}

stopped=     # the status to end with, after a signal
interrupted= # a signal has come and is not yet passed on
trap 'stopped=130 interrupted=yes' INT
trap 'stopped=143 interrupted=yes' TERM
trap 'stopped=138 interrupted=yes' USR1
trap 'stopped=129 interrupted=yes' HUP

# stop_here ends the script if a signal has come.
stop_here() {
	[ -z "$stopped" ] || exit "$stopped"
}

# stoppable FUNCTION…: runs a function that holds one pipeline, waits for it and returns its status. After a signal
# it ends the script as soon as the pipeline has ended.
#
# The tool gets SIGUSR1 whatever the script got: a second SIGTERM, which a batch system may send to every process,
# would kill it in the midst of saving. The earlier tools of the pipeline end when the last has closed its input.
stoppable() {
	local job status pid
	stop_here
	rm -f "$work/last"
	# The traps keep this subshell alive if the signal goes to all processes at once.
	{ trap : INT TERM USR1 HUP; "$@" || exit; } &
	job=$!
	while :; do
		interrupted=
		status=0
		wait "$job" || status=$?
		if [ -z "$interrupted" ]; then break; fi
		# The signal may come before the tool has begun.
		until [ -s "$work/last" ] || ! kill -0 "$job" 2> /dev/null; do sleep 0.05; done
		if [ -s "$work/last" ]; then
			while read -r pid; do kill -USR1 "$pid" 2> /dev/null || true; done < "$work/last"
		fi
	done
	# Bash 5.2 gives -1 if the job ends while a trap runs.
	case $status in -1 | 0 | 129 | 130 | 138 | 143) stop_here ;; esac
	return "$status"
}
