#!/usr/bin/env bash
# Run the whole pipeline: trajectories, training, the activities of held-out trajectories, ratemaps, scores, PDF.
# It fits on one screen, so that a stage is easily changed.
#
#   scripts/pipeline.sh [OUT]        STEPS=15000 PRESET=reference scripts/pipeline.sh runs/a
#
# OUT is the directory of the results, build/pipeline by default. These variables of the environment are settings:
#   STEPS     number of updates, 2000
#   PRESET    preset of all stages: reference, paper or quick
#   RATE      learning rate, 1e-4
#   EVALUATE  number of held-out trajectories, 1000
#   TRAIN     more flags of train, such as "--stop-after 55m --checkpoint-every 5m"
#
# SIGINT, SIGTERM, SIGHUP and SIGUSR1 reach train. It saves its checkpoint, and the script ends with status 130, 143,
# 129 or 138. After --stop-after it ends with 75. Call the script again and the training goes on.
# The tools are those in bin/ (make build) or on the PATH.
set -euo pipefail
PATH="$(cd "$(dirname "$0")/.." && pwd)/bin:$PATH"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/signals.sh"
case ${1:-} in
	-h | --help) help "$0"; exit ;;
	-*) fail 2 "unknown flag $1; see --help" ;;
esac
out=${1:-build/pipeline}
preset=${PRESET:-reference}
evaluate=${EVALUATE:-1000}
read -ra more <<< "${TRAIN:-}"
mkdir -p "$out"

# 1. Learn from fresh trajectories without end. To learn from TFRecord files:
#    tfrecord2npy --shuffle --repeat DIR | targets | train …
training() {
	simulate --preset "$preset" --seed 1 |
		targets --preset "$preset" |
		last train --preset "$preset" --learning-rate "${RATE:-1e-4}" --steps "${STEPS:-2000}" "${more[@]}" \
			--resume "$out/run.safetensors" --log "$out/run.jsonl" --log-every 100 || first "${PIPESTATUS[@]}"
}

# 2. The untrained network is the control.
untrained() {
	simulate --preset "$preset" -n 1 | targets --preset "$preset" |
		last train --preset "$preset" --quiet --force --steps 0 --checkpoint "$out/untrained.safetensors" || first "${PIPESTATUS[@]}"
}

# 3. Held-out trajectories through both; what comes from your own network or
#    recording can enter here (see scripts/records.py).
score() { # NETWORK
	simulate --preset "$preset" -n "$evaluate" --seed 1000001 |
		targets --preset "$preset" |
		activations --progress --checkpoint "$out/$1.safetensors" --path-integration "$out/$1.path.json" |
		ratemaps --quiet --halves records |
		last gridscore --score reference,paper --null gaussian --shuffles 100 \
			--summary "$out/$1.population.json" -o "$out/$1.scores.npy" || first "${PIPESTATUS[@]}"
}

# 4. Figures.
figures() {
	last report -o "$out/report.pdf" --log "$out/run.jsonl" --path-integration "$out/run.path.json" \
		--population "$out/run.population.json" --untrained-scores "$out/untrained.scores.npy" \
		--untrained-path-integration "$out/untrained.path.json" "$out/run.scores.npy"
}

stoppable training
stoppable untrained
stoppable score run
stoppable score untrained
stoppable figures
