#!/usr/bin/env bash
# Score a training run while it goes on. The script waits for the checkpoints that `train --keep-every N` leaves beside
# CHECKPOINT, runs held-out trajectories through each, and appends one line of scores for each to CHECKPOINT.scores.csv
# (without the file's extension).
#
#   train … --checkpoint runs/a.safetensors --checkpoint-every 2000 --keep-every 2000 &
#   scripts/follow.sh runs/a.safetensors
#
# It ends when no new checkpoint has come for IDLE seconds. These variables of the environment are settings:
#   IDLE      seconds to wait for a checkpoint, 600
#   EVALUATE  number of held-out trajectories, 1000
#   SEED      their seed, 1000001
#   DATA      TFRecord files or a directory of held-out data, instead of simulated ones
#   SIMULATE  the flags of simulate, if the run was trained on other data than the default ones
#   TARGETS   the flags of targets, likewise
#   SCORE     definition of gridness, reference
#   NULLS     nulls of gridscore, field,gaussian
#   SHUFFLES  null maps for each unit, 100
#   SHOW      columns of the tool compare to write
#
# SIGINT, SIGTERM, SIGHUP and SIGUSR1 end it with status 130, 143, 129 or 138. The line that it was making is made when
# it is called again.
set -euo pipefail
PATH="$(cd "$(dirname "$0")/.." && pwd)/bin:$PATH"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/signals.sh"
case ${1:-} in
	-h | --help) help "$0"; exit ;;
	-*) fail 2 "unknown flag $1; see --help" ;;
	"") fail 2 "no checkpoint is given; see --help" ;;
esac
checkpoint=$1
evaluate=${EVALUATE:-1000}
seed=${SEED:-1000001}
idle=${IDLE:-600}
base=${checkpoint%.*}
table=$base.scores.csv
score=${SCORE:-reference}
nulls=${NULLS:-field,gaussian}
shuffles=${SHUFFLES:-100}
columns=${SHOW:-loss,error_cm,units,${score}_field_own,${score}_field_threshold,${score}_gaussian_own,${score}_share,${score}_gaussian_share,${score}_best,scale_cm}
read -ra motion <<< "${SIMULATE:-}"
read -ra ensembles <<< "${TARGETS:-}"

# The same held-out trajectories for every checkpoint.
held_out() {
	if [ -n "${DATA:-}" ]; then
		last tfrecord2npy --limit "$evaluate" "$DATA" -o "$work/held-out.npy"
	else
		last simulate "${motion[@]}" -n "$evaluate" --seed "$seed" -o "$work/held-out.npy"
	fi
}

# All checkpoints have the same untrained network. It runs with the first one alone.
score() { # FILE RUN
	local known=()
	if [ -e "$work/untrained.path.json" ]; then known=(--untrained-path-integration "$work/untrained.path.json"); fi
	targets "${ensembles[@]}" "$work/held-out.npy" |
		activations --checkpoint "$1" --layers bottleneck --path-integration "$2/run.path.json" "${known[@]}" |
		ratemaps --quiet |
		last gridscore --quiet --score "$score" --null "$nulls" --shuffles "$shuffles" \
			--summary "$2/run.maps.population.json" > /dev/null || first "${PIPESTATUS[@]}"
}

# add_line UPDATE FILE: appends the scores of a checkpoint to the table.
add_line() {
	local run=$work/runs/run/$1
	mkdir -p "$run"
	stoppable score "$2" "$run"
	cp "$run/run.path.json" "$work/untrained.path.json"
	compare --unfinished --columns "$columns" "$work/runs" -o "$work/table.csv"
	[ -s "$table" ] || sed '1!d; s/^name,seed,/update,/' "$work/table.csv" > "$table"
	sed '1d; s/^[^,]*,//' "$work/table.csv" | tee -a "$table"
	rm -r "$run"
}

stoppable held_out
waited=0
while [ "$waited" -lt "$idle" ]; do
	found=
	for file in "$base"-?????????*.safetensors; do
		[ -e "$file" ] || continue
		update=$((10#${file:${#base}+1:9}))
		grep -qs "^$update," "$table" && continue
		add_line "$update" "$file"
		found=1
	done
	if [ -n "$found" ]; then
		waited=0
	else
		sleep 1
		stop_here
		waited=$((waited + 1))
	fi
done
