# Networks of course.sh, scored in other ways than there, and networks that the tools themselves trained (train-1e-4), scored by them.
# The column scored has the flags in which the scoring of a row differs from that of the paper on 32 bins. On an AMD Zen 3, gridcells 0.2.0.
simulate --seed SEED | targets | train --preset paper --learning-rate 1e-4 --steps 20000 --seed SEED --keep-every 5000 --checkpoint train-1e-4-SEED.safetensors
# Add --arena circle to simulate, and --unvisited omit to gridscore, for the runs of circle. The ratemaps of the full runs are in full-runs.npy.zst, as float16.
simulate -n 4000 --seed 1000001 | targets | activations --allow-mismatch --dropout off --layers bottleneck --checkpoint NAME.safetensors --path-integration DIR/NAME.path.json |
    ratemaps --bins 32 --allow-mismatch -o NAME.maps.npy
# Rows without flags: full runs had both formulas and 200 null maps, or the paper's formula and 100; the others 100.
gridscore --score paper,reference --null field,gaussian,iaaft --shuffles 200 --summary DIR/NAME.json -o scores.npy NAME.maps.npy
gridscore --score paper --null field --shuffles 100 --summary DIR/NAME.100.json -o scores.npy NAME.maps.npy
gridscore --score paper --null field,gaussian,iaaft --shuffles 100 --summary DIR/NAME.json -o scores.npy NAME.maps.npy
# Another inner radius, the shuffle of a port, and other definitions of scales and rates. Without nulls the cut is 0.37.
gridscore --score paper --paper-inner 0.3125 --null field,gaussian --shuffles 100 --summary DIR/NAME.inner.json -o scores.npy NAME.maps.npy
gridscore --score reference --null field-cut --shuffles 100 --summary DIR/NAME.field-cut.json -o scores.npy NAME.maps.npy
gridscore --score paper --peak-farthest 0.5 --summary DIR/NAME.farthest.json -o scores.npy NAME.maps.npy
gridscore --score paper --baseline minimum --summary DIR/NAME.minimum.json -o scores.npy NAME.maps.npy
scripts/summary_table.py DIR > docs/results/rescored.csv
