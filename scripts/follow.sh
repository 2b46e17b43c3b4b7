#!/usr/bin/env bash
# Evaluates a training run while it goes on: waits for the checkpoints that
# `train --keep-every N` leaves beside FILE, runs held-out trajectories through
# each, and appends one line of scores a checkpoint to FILE.scores.csv.
#
#   train … --checkpoint runs/a.safetensors --checkpoint-every 2000 --keep-every 2000 &
#   scripts/follow.sh runs/a.safetensors
#
# It ends when no new checkpoint has come for IDLE seconds. EVALUATE is the number
# of trajectories, SEED their seed; DATA (TFRecord files or a directory) takes
# held-out data instead of simulated ones. If the run was trained on other data than
# the default ones, give its flags of simulate and targets in SIMULATE and TARGETS.
# SCORE is the definition of gridness, NULLS the nulls, SHUFFLES the null maps for
# each unit. SHOW lists columns of the tool compare.
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

# Behind a pipeline: ends the script with the status of the first tool that failed. pipefail alone gives the last's.
first() {
	local status
	for status in "$@"; do [ "$status" -eq 0 ] || exit "$status"; done
}

# The same held-out trajectories for every checkpoint.
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
