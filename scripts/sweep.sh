#!/usr/bin/env bash
# Train and score every run of a plan: settings times seeds.
#
#   scripts/sweep.sh PLAN DIR             make all runs, one after the other
#   SLURM_ARRAY_TASK_ID=7 scripts/sweep.sh PLAN DIR     make the seventh alone, as in a job array
#   scripts/sweep.sh --count PLAN         print how many runs there are
#   scripts/sweep.sh --list PLAN          print them: number, name and seed
#   scripts/sweep.sh --check PLAN         find every faulty line, before anything is submitted
#   scripts/sweep.sh --status PLAN DIR    print what each run is: done, running, stopped, failed, changed or missing
#   compare DIR                           put the results into one table
#
# On a cluster submit scripts/sweep.sbatch, which calls this script; docs/clusters.md shows how.
#
# A line of the plan is a name and the flags of simulate, targets and train, separated by "|"; # starts a comment.
# Each is run with every seed of SEEDS and leaves its files in DIR/NAME/SEED: settings, checkpoint, log, scores,
# report.pdf, and "finished" at the end. These variables of the environment are settings:
#   SEEDS     seeds of each line, "1 2"
#   STEPS     number of updates, 300000
#   EVALUATE  number of held-out trajectories, 4000
#   BINS      bins of the ratemaps, "20 32": both are scored
#   NULLS     nulls of gridscore, gaussian,iaaft,field,untrained (slim: field,gaussian)
#   SHUFFLES  null maps for each unit, 100 (slim: 50)
#   SLIM      yes: keep no maps, null scores and report, and share the untrained networks' scores between the lines
#             whose networks begin with the same weights
#   THREADS   threads of each tool, 0 (one for each core); it is no part of a run's settings
#   TRAIN     more flags of train that leave the result as it is, such as "--stop-after 55m --checkpoint-every 5m"
#
# Call it again with the same arguments until it ends with status 0. A finished run is not made again, and one that was
# interrupted goes on from its checkpoint. A run that exists with other settings is refused. When a run fails, the
# others are still made. Statuses:
#   0    all runs asked for are done
#   1    a run failed or was refused; another status is that of the tool that failed first
#   2    the call or the plan is wrong
#   75   a run is not finished: its time is up (train --stop-after) or another task is making it; call again
#   129, 130, 138, 143    stopped by SIGHUP, SIGINT, SIGUSR1 or SIGTERM; train has saved its checkpoint; call again
# --status ends with 0 if all runs are done, 1 if some failed or changed, else 75.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -e "$here/signals.sh" ]; then
	echo "sweep.sh: signals.sh is not beside it; Slurm copies a script before it runs it: submit scripts/sweep.sbatch instead" >&2
	exit 2
fi
PATH="$(cd "$here/.." && pwd)/bin:$PATH"
# shellcheck source-path=SCRIPTDIR
source "$here/signals.sh"

do=run
case ${1:-} in
	-h | --help) help "$0"; exit ;;
	--count | --list | --check | --status) do=${1#--}; shift ;;
	-*) fail 2 "unknown flag $1; see --help" ;;
esac
plan=${1:-}
dir=${2:-}
case $do in run | status) needed=2 ;; *) needed=1 ;; esac
if [ $# -ne $needed ]; then fail 2 "$# arguments where $needed are needed; see --help"; fi
if [ ! -r "$plan" ] || [ -d "$plan" ]; then fail 2 "$plan: no such plan"; fi
if [ "$do" != count ] && [ "$do" != list ]; then
	for tool in simulate targets train activations ratemaps gridscore report; do
		command -v $tool > /dev/null || fail 2 "no $tool in $(cd "$here/.." && pwd)/bin or on the PATH; run make build"
	done
fi

slim=${SLIM:-}
read -ra seeds <<< "${SEEDS:-1 2}"
steps=${STEPS:-300000}
evaluate=${EVALUATE:-4000}
read -ra bins <<< "${BINS:-20 32}"
nulls=${NULLS:-gaussian,iaaft,field,untrained}
shuffles=${SHUFFLES:-100}
if [ -n "$slim" ]; then nulls=${NULLS:-field,gaussian} shuffles=${SHUFFLES:-50}; fi
threads=${THREADS:-0}
read -ra more <<< "${TRAIN:-}"
for flag in "${more[@]}"; do
	case ${flag%%=*} in
		--stop-after | --checkpoint-every | --keep | --keep-every | --tensorboard | --quiet | -q | --progress | --no-progress) ;;
		-*) fail 2 "TRAIN: $flag may change the result, and TRAIN is not recorded: give it in the lines of the plan" ;;
	esac
done

# Lines may end as on Windows, and a byte order mark may begin the file.
mapfile -t lines < <(sed -e $'1s/^\xef\xbb\xbf//' -e $'s/\r$//' -e 's/#.*//' -e '/^[[:space:]]*$/d' "$plan")
total=$((${#lines[@]} * ${#seeds[@]}))

# select TASK: sets name, seed and the flags of a run. Tasks count from 1; all lines have the first seed first.
# shellcheck disable=SC2034 # rest
select_task() {
	local line simulate_text targets_text train_text rest
	line=${lines[($1 - 1) % ${#lines[@]}]}
	seed=${seeds[($1 - 1) / ${#lines[@]}]}
	IFS='|' read -r name simulate_text targets_text train_text rest <<< "$line|||"
	read -r name <<< "$name"
	read -ra simulate <<< "$simulate_text"
	read -ra targets <<< "$targets_text"
	read -ra train <<< "$train_text"
	out=$dir/$name/$seed
}

# ---- a run ------------------------------------------------------------------

training() {
	simulate "${simulate[@]}" --seed "$seed" --threads "$threads" |
		targets "${targets[@]}" --threads "$threads" |
		last train --steps "$steps" "${train[@]}" "${more[@]}" --seed "$seed" --threads "$threads" \
			--resume "$out/run.safetensors" --log "$out/run.jsonl" || first "${PIPESTATUS[@]}"
}

untrained() { # FILE FLAGS…: the network before the first update, with these flags of train
	local file=$1
	shift
	simulate "${simulate[@]}" -n 1 | targets "${targets[@]}" |
		last train "$@" --steps 0 --quiet --force --seed "$seed" --checkpoint "$file" || first "${PIPESTATUS[@]}"
}

# held_out NETWORK PATH FLAGS…: the activities of a network in held-out trajectories.
held_out() {
	local file=$1 path=$2
	shift 2
	simulate "${simulate[@]}" -n "$evaluate" --seed $((10#$seed + 1000000)) --threads "$threads" |
		targets "${targets[@]}" --threads "$threads" |
		last activations --threads "$threads" --seed "$seed" --layers bottleneck --checkpoint "$file" \
			--path-integration "$path" "$@" || first "${PIPESTATUS[@]}"
}

# measure BINS STEM FLAGS…: maps and scores of the activities on standard input.
measure() {
	local n=$1 stem=$2
	shift 2
	ratemaps --quiet --threads "$threads" --halves records --bins "$n" |
		last gridscore --quiet --threads "$threads" --score reference,paper --shuffles "$shuffles" "$@" \
			--summary "$stem.$n.population.json" -o "$stem.$n.scores.npy" || first "${PIPESTATUS[@]}"
}

# score NETWORK FILE STEM: one pass of the held-out trajectories for all bins. The flags of gridscore are those that
# flags_of_NETWORK prints. How well the untrained network path-integrates is known when a run is scored.
score() {
	local network=$1 file=$2 stem=$3 n pipes=() jobs=() flags spared=() parts=(0 0) status=0 failed
	if [ "$network" = run ]; then spared=(--untrained-path-integration "$control.path.json"); fi
	for n in "${bins[@]}"; do
		mapfile -t flags < <("flags_of_$network" "$n")
		rm -f "$work/pipe.$n"
		mkfifo "$work/pipe.$n"
		pipes+=("$work/pipe.$n")
		measure "$n" "$stem" "${flags[@]}" < "$work/pipe.$n" &
		jobs+=($!)
	done
	held_out "$file" "$stem.path.json" "${spared[@]}" | tee "${pipes[@]}" > /dev/null || parts=("${PIPESTATUS[@]}")
	for n in "${!jobs[@]}"; do
		# If tee ended before it opened a pipe, the reader still waits for a writer.
		while [ "${parts[*]}" != "0 0" ] && kill -0 "${jobs[n]}" 2> /dev/null; do
			: 1<> "${pipes[n]}"
			sleep 0.05
		done
		wait "${jobs[n]}" || { failed=$?; if [ "$status" -eq 0 ]; then status=$failed; fi; }
	done
	first "${parts[0]}" "$status" "${parts[1]}" # tee fails where the reader of a pipe has failed
}

maps=ratemap,direction_tuning,ratemap_half_1,ratemap_half_2,occupancy,sac

flags_of_untrained() { # BINS
	printf '%s\n' --null field
	if [ -n "$slim" ]; then printf '%s\n' --drop "direction_tuning,ratemap_half_1,ratemap_half_2,sac"; fi
}

flags_of_run() { # BINS
	printf '%s\n' --null "$nulls" --untrained "$control.$1.scores.npy"
	if [ -n "$slim" ]; then printf '%s\n' --drop $maps; else printf '%s\n' --null-scores "$out/run.$1.nulls.npy"; fi
}

digest() {
	if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi
}

# shared_control: scores the untrained network unless a run has done so whose network begins with the same weights.
# Flags that do not change them are set to fixed values, so that equal weights make equal files.
shared_control() {
	local file=$work/untrained.safetensors key i flags=()
	# A second --dropout would add to the first.
	for ((i = 0; i < ${#train[@]}; i++)); do
		case ${train[i]} in
			--dropout) i=$((i + 1)) ;;
			--dropout=*) ;;
			*) flags+=("${train[i]}") ;;
		esac
	done
	stoppable untrained "$file" "${flags[@]}" --batch 10 --optimizer sgd --learning-rate 1 --momentum 0 --schedule constant --warmup 0 \
		--schedule-period 0 --schedule-factor 0.1 --decay 0.9 --epsilon 1e-8 --initial-ms 0 --beta1 0.9 --beta2 0.999 \
		--clip 0 --clip-scope all --clip-norm 0 --weight-decay 0 --weight-decay-scope none --dropout 1 || return
	key=$({ cat "$file"; echo "${simulate[*]}|${targets[*]}|$seed|$evaluate|${bins[*]}|$shuffles"; } | digest)
	control=$dir/.untrained/${key:0:16}/untrained
	mkdir -p "${control%/*}"
	exec 8> "${control%/*}/.lock"
	if command -v flock > /dev/null; then stoppable last flock 8 || return; fi
	if [ ! -e "${control%/*}/finished" ]; then
		stoppable score untrained "$file" "$control" || return
		touch "${control%/*}/finished"
	fi
	exec 8>&-
	cp "$control".*.json "$out/"
}

own_control() {
	control=$out/untrained
	stoppable untrained "$control.safetensors" "${train[@]}" || return
	stoppable score untrained "$control.safetensors" "$control"
}

figures() {
	local n=${bins[0]}
	last report -o "$out/report.pdf" --log "$out/run.jsonl" --path-integration "$out/run.path.json" \
		--population "$out/run.$n.population.json" --null-scores "$out/run.$n.nulls.npy" \
		--untrained-scores "$out/untrained.$n.scores.npy" --untrained-path-integration "$out/untrained.path.json" \
		"$out/run.$n.scores.npy" > "$out/summary.txt"
}

settings() {
	printf '%s: %s\n' name "$name" seed "$seed" simulate "${simulate[*]}" targets "${targets[*]}" train "${train[*]}" \
		steps "$steps" evaluate "$evaluate" bins "${bins[*]}" nulls "$nulls" shuffles "$shuffles" slim "${slim:+yes}"
}

# changed: prints how the settings of a run differ from those that stand beside it; nothing if they do not.
changed() {
	local old new before=
	while IFS= read -r old <&3 && IFS= read -r new <&4; do
		if [ "$old" != "$new" ]; then
			printf '%s' "$before$old, now ${new#*: }"
			before='; '
		fi
	done 3< "$out/settings.txt" 4< <(settings)
}

# task N: makes a run.
task() {
	select_task "$1"
	local status=0 difference
	mkdir -p "$out" || return 1
	# The lock goes when the last process that holds it ends, also if that is a tool which outlives this script.
	exec 9> "$out/.lock"
	if command -v flock > /dev/null && ! flock -n 9; then
		echo "sweep.sh: $out: another task is making this run; try again later" >&2
		exec 9>&-
		return 75
	fi
	if [ -e "$out/settings.txt" ]; then
		difference=$(changed)
		if [ -n "$difference" ]; then
			echo "sweep.sh: $out has other settings: $difference; use another directory, or remove this one" >&2
			exec 9>&-
			return 1
		fi
	elif [ -e "$out/run.safetensors" ]; then
		echo "sweep.sh: $out: there is a run whose settings are not recorded; use another directory, or remove this one" >&2
		exec 9>&-
		return 1
	else
		settings > "$out/.settings" && mv "$out/.settings" "$out/settings.txt"
	fi
	if [ ! -e "$out/finished" ]; then
		rm -f "$out/failed"
		echo "$name, seed $seed" >&2
		make_run || status=$?
		case $status in
			0) touch "$out/finished" ;;
			75) ;;
			*) echo "status $status" > "$out/failed"; echo "sweep.sh: $out failed with status $status" >&2 ;;
		esac
	fi
	exec 9>&-
	return "$status"
}

make_run() {
	stoppable training || return
	if [ -n "$slim" ]; then shared_control || return; else own_control || return; fi
	stoppable score run "$out/run.safetensors" "$out/run" || return
	if [ -z "$slim" ]; then stoppable figures || return; fi
}

# ---- what is asked for ------------------------------------------------------

run() {
	local worst=0 status i
	if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
		[[ $SLURM_ARRAY_TASK_ID =~ ^[0-9]{1,9}$ ]] || fail 2 "SLURM_ARRAY_TASK_ID is $SLURM_ARRAY_TASK_ID, no number"
		i=$((10#$SLURM_ARRAY_TASK_ID))
		((i >= 1 && i <= total)) || fail 2 "array id $i is out of range: $plan has the runs 1 to $total"
		task $i || return
		return
	fi
	for ((i = 1; i <= total; i++)); do
		status=0
		task $i || status=$?
		case $status in
			0) ;;
			75) [ $worst -ne 0 ] || worst=75 ;;
			*) if [ $worst -eq 0 ] || [ $worst -eq 75 ]; then worst=$status; fi ;;
		esac
	done
	return $worst
}

list() {
	local i
	for ((i = 1; i <= total; i++)); do
		select_task $i
		echo "$i $name $seed"
	done
}

# fault MESSAGE: reports a fault and goes on. What a signal has ended is no fault.
fault() {
	stop_here
	echo "sweep.sh: $plan: $1" >&2
	faults=$((faults + 1))
}

# setting_faults: faults of the settings.
setting_faults() {
	local n known=" "
	[ ${#lines[@]} -gt 0 ] || fault "it has no lines"
	[ ${#seeds[@]} -gt 0 ] || fault "SEEDS is empty"
	for seed in "${seeds[@]}"; do
		[[ $seed =~ ^(0|[1-9][0-9]{0,11})$ ]] || fault "seed $seed is not a number without leading zeros"
		case $known in *" $seed "*) fault "seed $seed is given twice" ;; esac
		known+="$seed "
	done
	[[ $evaluate =~ ^[1-9][0-9]{0,8}$ ]] || fault "EVALUATE is $evaluate: it must be a positive number"
	[[ $shuffles =~ ^[0-9]{1,9}$ ]] || fault "SHUFFLES is $shuffles: it must be a number"
	[[ $threads =~ ^[0-9]{1,4}$ ]] || fault "THREADS is $threads: it must be a number"
	[ ${#bins[@]} -gt 0 ] || fault "BINS is empty"
	known=" "
	for n in "${bins[@]}"; do
		[[ $n =~ ^[1-9][0-9]{0,3}$ ]] || fault "BINS: $n is not a number of bins"
		case $known in *" $n "*) fault "BINS: $n is given twice" ;; esac
		known+="$n "
	done
}

# line_faults LINE: faults of a line that need no tool to be seen. The names before it are in the variable names.
line_faults() {
	local name bars=${1//[!|]/}
	read -r name <<< "${1%%|*}"
	[ ${#bars} -le 3 ] || fault "$name: more than 4 parts: name | simulate | targets | train"
	[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._+=-]*$ ]] ||
		fault "\"$name\" is no name: letters, digits and . _ + = - make one; a line is: name | flags of simulate | of targets | of train"
	case $names in *" $name "*) fault "the name $name is given twice" ;; esac
	names+="$name "
	case " ${1#*|} " in *[[:space:]]--seed[=\ ]* | *[[:space:]]--threads[=\ ]* | *[[:space:]]--resume[=\ ]* | *[[:space:]]--checkpoint[=\ ]* | *[[:space:]]--log[=\ ]* | *[[:space:]]-o* | *[[:space:]]--output[=\ ]* | *[[:space:]]--tfrecord[=\ ]* | *[[:space:]]-n[=\ 0-9]*)
		fault "$name: -n, --seed, --threads, --output, --tfrecord, --resume, --checkpoint and --log are set by sweep.sh" ;;
	esac
}

# try: gives the flags of a line to its tools, with one trajectory and no update.
try() {
	rm -f "$work/try.safetensors"
	simulate "${simulate[@]}" --seed "$seed" -n 1 | targets "${targets[@]}" |
		last train --steps "$steps" "${train[@]}" "${more[@]}" --steps 0 --quiet --seed "$seed" \
			--resume "$work/try.safetensors" || first "${PIPESTATUS[@]}"
}

# try_line: tries a line, and whether positions can be read from its network.
try_line() {
	stoppable try && stoppable held_out "$work/try.safetensors" "$work/try.path.json" > /dev/null
}

# shellcheck disable=SC2317 # flags_of_try
check() {
	local i before names=" "
	faults=0
	setting_faults
	[ $faults -eq 0 ] || fail 2 "$plan: $faults faults"
	evaluate=2 shuffles=$((shuffles > 0 ? 1 : shuffles))
	for ((i = 1; i <= ${#lines[@]}; i++)); do
		before=$faults
		line_faults "${lines[i - 1]}"
		[ $faults -eq $before ] || continue
		select_task $i
		try_line 2> "$work/errors" || fault "$name: $(grep -v ' --help$' "$work/errors" | tr '\n' ' ')"
	done
	# The settings of scoring are the same for all lines: try them once.
	if [ $faults -eq 0 ]; then
		control=$work/untrained
		flags_of_untrained() { printf '%s\n' --null field; }
		flags_of_run() { printf '%s\n' --null "$nulls" --untrained "$control.$1.scores.npy"; }
		if ! { stoppable score untrained "$work/try.safetensors" "$control" &&
			stoppable score run "$work/try.safetensors" "$work/run"; } 2> "$work/errors"; then
			fault "EVALUATE, BINS, NULLS or SHUFFLES: $(grep -v ' --help$' "$work/errors" | sort -u | tr '\n' ' ')"
		fi
	fi
	[ $faults -eq 0 ] || fail 2 "$plan: $faults faults"
	echo "$plan: ${#lines[@]} lines, ${#seeds[@]} seeds, $total runs; no fault found"
}

# state: prints what the selected run is.
state() {
	if [ ! -e "$out/settings.txt" ]; then
		echo missing
	elif [ -n "$(changed)" ]; then
		echo changed
	elif [ -e "$out/finished" ]; then
		echo "done"
	elif command -v flock > /dev/null && ! flock -n "$out/.lock" true; then
		echo running
	elif [ -e "$out/failed" ]; then
		echo failed
	else
		echo stopped
	fi
}

status() {
	local i state
	declare -A count=([done]=0 [running]=0 [stopped]=0 [failed]=0 [changed]=0 [missing]=0)
	for ((i = 1; i <= total; i++)); do
		select_task $i
		state=$(state)
		count[$state]=$((count[$state] + 1))
		echo "$i $state $out"
	done
	echo "$total runs: ${count[done]} done, ${count[running]} running, ${count[stopped]} stopped, ${count[failed]} failed, ${count[changed]} changed, ${count[missing]} missing"
	[ "${count[done]}" -ne "$total" ] || return 0
	[ $((count[failed] + count[changed])) -eq 0 ] || return 1
	return 75
}

case $do in
	count) echo "$total" ;;
	*) "$do" ;;
esac
