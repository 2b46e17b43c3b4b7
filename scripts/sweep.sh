#!/usr/bin/env bash
# Trains and scores every run of a plan: seeds and ablations.
#
#   scripts/sweep.sh PLAN DIR                     all runs, one after the other
#   SLURM_ARRAY_TASK_ID=7 scripts/sweep.sh PLAN DIR     the seventh alone, as in a job array
#   scripts/sweep.sh --count PLAN                 how many runs there are, for sbatch --array=1-N
#   compare DIR                                   their results as one table (CSV)
#
# A line of the plan has a name and the flags of simulate, targets and train, separated by "|"; # starts a comment.
# The script makes a run of each line with each seed of SEEDS. A run leaves its checkpoints, log, scores and report.pdf
# in DIR/NAME/SEED. A finished run is not made again, and an interrupted one goes on from its checkpoint. Further
# variables of the environment are STEPS, EVALUATE (number of held-out trajectories), BINS (bins along a side of the
# ratemaps; "20 32" scores both), NULLS, SHUFFLES and THREADS.
set -euo pipefail
PATH="$(cd "$(dirname "$0")/.." && pwd)/bin:$PATH"
usage='usage: scripts/sweep.sh PLAN DIR, or --count PLAN'
read -ra seeds <<< "${SEEDS:-1 2}"
steps=${STEPS:-300000}
evaluate=${EVALUATE:-4000}
read -ra bins <<< "${BINS:-20 32}"
nulls=${NULLS:-gaussian,iaaft,field,untrained}
shuffles=${SHUFFLES:-100}
threads=${THREADS:-0}

count=
if [ "${1:-}" = --count ]; then
	count=yes
	shift
fi
plan=${1:?$usage}
mapfile -t runs < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$plan")
total=$((${#runs[@]} * ${#seeds[@]}))
if [ -n "$count" ]; then
	echo "$total"
	exit
fi
dir=${2:?$usage}

# first, called after a pipeline that failed, ends the script with the status of the first tool that failed.
# pipefail alone gives the status of the last one. Each script has its own copy, so that it runs when it is copied alone.
first() {
	local status
	for status in "$@"; do [ "$status" -eq 0 ] || exit "$status"; done
}

score() { # NETWORK BINS FLAGS…: held-out trajectories through a network
	local network=$1 n=$2
	shift 2
	simulate "${simulate[@]}" -n "$evaluate" --seed $((seed + 1000000)) --threads "$threads" |
		targets "${targets[@]}" --threads "$threads" |
		activations --threads "$threads" --seed "$seed" --layers bottleneck --checkpoint "$out/$network.safetensors" \
			--path-integration "$out/$network.path.json" |
		ratemaps --quiet --threads "$threads" --halves records --bins "$n" |
		gridscore --quiet --threads "$threads" --score reference,paper "$@" \
			--summary "$out/$network.$n.population.json" -o "$out/$network.$n.scores.npy" || first "${PIPESTATUS[@]}"
}

run() { # LINE
	local name simulate targets train out n
	IFS='|' read -r name simulate targets train <<< "$1|||"
	read -r name <<< "$name"
	read -ra simulate <<< "$simulate"
	read -ra targets <<< "$targets"
	read -ra train <<< "${train%%|*}"
	out=$dir/$name/$seed
	[ -s "$out/report.pdf" ] && return
	mkdir -p "$out"
	echo "$name, seed $seed" >&2
	simulate "${simulate[@]}" --seed "$seed" --threads "$threads" |
		targets "${targets[@]}" --threads "$threads" |
		train --steps "$steps" "${train[@]}" --seed "$seed" --threads "$threads" \
			--resume "$out/run.safetensors" --log "$out/run.jsonl" || first "${PIPESTATUS[@]}"
	simulate "${simulate[@]}" -n 1 | targets "${targets[@]}" |
		train "${train[@]}" --steps 0 --quiet --force --seed "$seed" --checkpoint "$out/untrained.safetensors" || first "${PIPESTATUS[@]}"
	for n in "${bins[@]}"; do
		score untrained "$n"
		score run "$n" --untrained "$out/untrained.$n.scores.npy" --null "$nulls" --shuffles "$shuffles" \
			--null-scores "$out/run.$n.nulls.npy"
	done
	n=${bins[0]}
	report -o "$out/report.pdf" --log "$out/run.jsonl" --path-integration "$out/run.path.json" \
		--population "$out/run.$n.population.json" --null-scores "$out/run.$n.nulls.npy" \
		--untrained-scores "$out/untrained.$n.scores.npy" --untrained-path-integration "$out/untrained.path.json" \
		"$out/run.$n.scores.npy" > "$out/summary.txt"
}

task=0
for seed in "${seeds[@]}"; do
	for line in "${runs[@]}"; do
		task=$((task + 1))
		if [ "${SLURM_ARRAY_TASK_ID:-$task}" -eq "$task" ]; then run "$line"; fi
	done
done
