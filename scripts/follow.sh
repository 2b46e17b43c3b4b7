#!/usr/bin/env bash
# Evaluates a training run while it goes on: waits for the checkpoints that
# `train --keep-every N` leaves beside FILE, runs held-out trajectories through
# each, and appends one line of scores a checkpoint to FILE.scores.csv.
#
#   train … --checkpoint runs/a.safetensors --checkpoint-every 2000 --keep-every 2000 &
#   scripts/follow.sh runs/a.safetensors
#
# It ends when the run has (no new checkpoint for IDLE seconds). EVALUATE is the
# number of trajectories, SEED theirs; DATA (TFRecord files or a directory) may
# be held-out data instead of simulated ones. A run on other data than the
# default ones needs the same flags of simulate and targets here, in SIMULATE
# and TARGETS. gaussian_0.37 is how many units Gaussian fields of the same spectra
# have above 0.37, the mean of SHUFFLES draws.
set -euo pipefail
PATH="$(cd "$(dirname "$0")/.." && pwd)/bin:$PATH"
checkpoint=${1:?usage: scripts/follow.sh CHECKPOINT}
evaluate=${EVALUATE:-1000}
seed=${SEED:-1000001}
idle=${IDLE:-600}
base=${checkpoint%.*}
table=$base.scores.csv
shuffles=${SHUFFLES:-20}
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
[ -s "$table" ] || echo "update,loss,position_error_m,units,above_0.37,best,gaussian_0.37" > "$table"

evaluate_one() {
	local update=$1 file=$2
	targets "${ensembles[@]}" "$work/held-out.npy" |
		activations --checkpoint "$file" --layers bottleneck --path-integration "$work/path.json" |
		ratemaps --quiet |
		gridscore --quiet --format csv --null gaussian --shuffles "$shuffles" --summary "$work/population.json" > "$work/scores.csv" || first "${PIPESTATUS[@]}"
	awk -F, -v update="$update" \
		-v loss="$(sed -n 's/^  "loss": \([^,]*\),*$/\1/p' "$work/path.json")" \
		-v error="$(sed -n 's/^  "final_error_m": \([^,]*\),*$/\1/p' "$work/path.json")" \
		-v null="$(sed -n 's/^ *"null_share": \([^,]*\),*$/\1/p' "$work/population.json" | head -n 1)" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == "score_60") column = i; next }
		{ units++; if ($column > 0.37) grids++; if (units == 1 || $column > best) best = $column }
		END { printf "%d,%s,%s,%d,%d,%s,%.1f\n", update, loss, error, units, grids, best, null * units }' \
		"$work/scores.csv" | tee -a "$table"
}

waited=0
while [ "$waited" -lt "$idle" ]; do
	found=
	for file in "$base"-?????????*.safetensors; do
		[ -e "$file" ] || continue
		update=$((10#${file:${#base}+1:9}))
		grep -q "^$update," "$table" && continue
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
