#!/usr/bin/env bash
# Runs the whole pipeline: trajectories, training, the activities of held-out
# trajectories, ratemaps, scores, PDF. It fits on one screen, so that a stage is easy
# to change.
#
#   scripts/pipeline.sh [OUT]        STEPS=15000 PRESET=reference scripts/pipeline.sh runs/a
#
# PRESET sets the experiment of all stages (reference, paper or quick), EVALUATE the number of held-out trajectories,
# and RATE the learning rate. If a training was interrupted, it goes on when the script is called again.
#
# It takes the tools from bin/ (make build) or from the PATH.
set -euo pipefail
PATH="$(cd "$(dirname "$0")/.." && pwd)/bin:$PATH"
out=${1:-build/pipeline}
steps=${STEPS:-2000}
preset=${PRESET:-reference}
rate=${RATE:-1e-4}
evaluate=${EVALUATE:-1000}
mkdir -p "$out"

# first, called after a pipeline that failed, ends the script with the status of the first tool that failed.
# pipefail alone gives the status of the last one. Each script has its own copy, so that it runs when it is copied alone.
first() {
	local status
	for status in "$@"; do [ "$status" -eq 0 ] || exit "$status"; done
}

# 1. Learn from fresh trajectories without end. To learn from TFRecord files:
#    tfrecord2npy --shuffle --repeat DIR | targets | train …
simulate --preset "$preset" --seed 1 |
	targets --preset "$preset" |
	train --preset "$preset" --learning-rate "$rate" --steps "$steps" \
		--resume "$out/run.safetensors" --log "$out/run.jsonl" --log-every 100 || first "${PIPESTATUS[@]}"

# 2. The untrained network is the control.
simulate --preset "$preset" -n 1 | targets --preset "$preset" |
	train --preset "$preset" --quiet --force --steps 0 --checkpoint "$out/untrained.safetensors" || first "${PIPESTATUS[@]}"

# 3. Run held-out trajectories through both. Data from your own network or
#    recording can enter here (see scripts/records.py).
for network in run untrained; do
	simulate --preset "$preset" -n "$evaluate" --seed 1000001 |
		targets --preset "$preset" |
		activations --progress --checkpoint "$out/$network.safetensors" --path-integration "$out/$network.path.json" |
		ratemaps --quiet --halves records |
		gridscore --score reference,paper --null gaussian --shuffles 100 \
			--summary "$out/$network.population.json" -o "$out/$network.scores.npy" || first "${PIPESTATUS[@]}"
done

# 4. Draw the figures.
report -o "$out/report.pdf" --log "$out/run.jsonl" --path-integration "$out/run.path.json" \
	--population "$out/run.population.json" --untrained-scores "$out/untrained.scores.npy" --untrained-path-integration "$out/untrained.path.json" \
	"$out/run.scores.npy"
