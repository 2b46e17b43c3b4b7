#!/usr/bin/env bash
# Evaluates a training run while it goes on. Waits for the checkpoints that
# `train --keep-every N` leaves beside FILE. Runs held-out trajectories through each,
# and appends a line of scores for each checkpoint to FILE.scores.csv.
#
#   train … --checkpoint runs/a.safetensors --checkpoint-every 2000 --keep-every 2000 &
#   scripts/follow.sh runs/a.safetensors
#
# It ends when no new checkpoint has come for IDLE seconds. These variables of the
# environment change what it does:
#   EVALUATE           number of held-out trajectories
#   SEED               their seed
#   DATA               held-out data (TFRecord files or a directory) instead of simulated ones
#   SIMULATE, TARGETS  flags of simulate and targets, if the run was not trained on the default data
#   SCORE              definition of gridness
#   NULLS, SHUFFLES    nulls, and the number of null maps for each unit
#   SHOW               columns of the tool compare to print
set -euo pipefail
PATH="$(cd "$(dirname "$0")/.." && pwd)/bin:$PATH"
checkpoint=${1:?usage: scripts/follow.sh CHECKPOINT}
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
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# first, called after a pipeline that failed, ends the script with the status of the first tool that failed.
# pipefail alone gives the status of the last one. Each script has its own copy, so that it runs when it is copied alone.
first() {
	local status
	for status in "$@"; do [ "$status" -eq 0 ] || exit "$status"; done
}

# All checkpoints get the same held-out trajectories.
if [ -n "${DATA:-}" ]; then
	tfrecord2npy --limit "$evaluate" "$DATA" -o "$work/held-out.npy"
else
	simulate "${motion[@]}" -n "$evaluate" --seed "$seed" -o "$work/held-out.npy"
fi

evaluate_one() {
	local update=$1 file=$2 run=$work/runs/run/$1
	mkdir -p "$run"
	targets "${ensembles[@]}" "$work/held-out.npy" |
		activations --checkpoint "$file" --layers bottleneck --path-integration "$run/run.path.json" |
		ratemaps --quiet |
		gridscore --quiet --score "$score" --null "$nulls" --shuffles "$shuffles" \
			--summary "$run/run.maps.population.json" > /dev/null || first "${PIPESTATUS[@]}"
	compare --unfinished --columns "$columns" "$work/runs" -o "$work/table.csv"
	[ -s "$table" ] || sed '1!d; s/^name,seed,/update,/' "$work/table.csv" > "$table"
	sed '1d; s/^[^,]*,//' "$work/table.csv" | tee -a "$table"
	rm -r "$run"
}

waited=0
while [ "$waited" -lt "$idle" ]; do
	found=
	for file in "$base"-?????????*.safetensors; do
		[ -e "$file" ] || continue
		update=$((10#${file:${#base}+1:9}))
		grep -qs "^$update," "$table" && continue
		evaluate_one "$update" "$file"
		found=1
	done
	if [ -n "$found" ]; then
		waited=0
	else
		sleep 1
		waited=$((waited + 1))
	fi
done
