#!/usr/bin/env bash
# Makes the pictures of README from the results of make all and make sorscher, which it runs if they have not run yet.
# It takes an hour or so on two cores.
#
#   scripts/gallery.sh [DIR]          default: docs/
#
# These variables of the environment are settings of the training that it shows; STEPS=200 EVALUATE=200 SHUFFLES=2 tries it:
#   STEPS     number of updates, 20000
#   EVALUATE  number of held-out trajectories, 4000
#   SHUFFLES  null maps for each unit, 100
set -euo pipefail
case ${1:-} in
	-h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit ;;
	-*) echo "gallery.sh: unknown flag $1; see --help" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
out=${1:-docs}
paper=build/paper sorscher=build/sorscher training=build/training
steps=${STEPS:-20000} evaluate=${EVALUATE:-4000} shuffles=${SHUFFLES:-100}
[ -f $paper/run.scores.npy ] || make all
[ -f $sorscher/run.scores.npy ] || make sorscher
export PATH=$PWD/bin:$PATH

report -q --figure cells --width 180 --height 130 --dpi 110 -o "$out/cells.png" $paper/run.scores.npy
report -q --figure units --layers bottleneck --width 180 --height 121 --text-size 14 --dpi 110 -o "$out/sorscher.png" $sorscher/run.scores.npy
report -q --figure gridness --width 120 --height 80 --dpi 150 --population $paper/run.population.json --null-scores $paper/run.nulls.npy \
	--untrained-scores $paper/untrained.scores.npy -o "$out/gridness.png" $paper/run.scores.npy
report -q --figure montage --width 180 --height 120 --dpi 100 -o "$out/montage.png" $paper/run.scores.npy

# The page for the browser, if there is one.
page=$(mktemp -d)/run.html
report -q -o "$page" --log $paper/run.jsonl --path-integration $paper/run.path.json --population $paper/run.population.json \
	--null-scores $paper/run.nulls.npy --trajectory $paper/example.npy --untrained-scores $paper/untrained.scores.npy \
	--untrained-path-integration $paper/untrained.path.json $paper/run.scores.npy
if command -v chromium > /dev/null; then
	go run ./scripts/screenshot -width 1280 -height 810 "$page" "$out/page.png"
else
	echo "gallery: no chromium: page.png is not made" >&2
fi
rm -r "$(dirname "$page")"

# A training with its checkpoints, for the moving picture.
mkdir -p $training
if [ ! -f $training/run.safetensors ]; then
	simulate -n 1 | targets | train -q --force --preset paper --learning-rate 1e-4 --steps 0 --checkpoint $training/run-000000000.safetensors
	simulate | targets | train --preset paper --learning-rate 1e-4 --steps "$steps" --keep-every $((steps / 4)) --checkpoint $training/run.safetensors
fi
for checkpoint in "$training"/run-*.safetensors; do
	scores=${checkpoint%.safetensors}.scores.npy
	[ -f "$scores" ] || simulate -n "$evaluate" --seed 1000001 | targets | activations --layers bottleneck --checkpoint "$checkpoint" |
		ratemaps -q --bins 32 | gridscore -q --score paper --null field --shuffles "$shuffles" -o "$scores"
done
report -q --over-training --figure training-animation --width 120 --height 90 --text-size 10 --dpi 96 -o "$out/training.gif" $training/run-*.scores.npy
