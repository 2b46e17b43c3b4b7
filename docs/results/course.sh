# On an NVIDIA H200 (driver 580.159.04), with PyTorch 2.11, CUDA 13.0 and gridcells 0.2.0. The first command stopped after 230,000 updates, the second after 100,200.
# One row of the table is one run of gridscore; rows of full runs after 300,000 updates had 200 null maps. Of networks other than
# paper, reference, circle and rate-1e-4 with 512 units every second unit was scored. Bins never visited counted as 0 in rows of circle before 300,000 updates.
# The columns of the released formula were made from the checkpoints by the tools, on a processor: those of every second unit at the end of each training, and
# those of all units of rate-1e-4-1 to 3 after 20,000, 40,000 and 80,000 updates. Rows of 230,000 updates that had not been scored before were added so (gridcells 0.2.0, AMD Zen 3).
scripts/train_many.py --tf32 --updates 300000 \
    --evaluate 0,5000,10000,15000,20000,30000,40000,60000,80000,120000,160000,220000,300000 --checkpoints --stop-after 405 scripts/course-1.txt DIR
scripts/train_many.py --tf32 --updates 150000 --evaluate 10000,20000,40000,70000,150000 --checkpoints --stop-after 192 scripts/course-2.txt DIR2
gridscore --score paper --null field,gaussian --shuffles 100 --summary DIR/NAME-000040000.json -o scores.npy DIR/NAME-000040000.maps.npy
simulate -n 4000 --seed 1000001 | targets | activations --allow-mismatch --dropout off --layers bottleneck --checkpoint DIR/NAME-000230000.safetensors |
    ratemaps --bins 32 --allow-mismatch | gridscore --score paper,reference --null field,gaussian --shuffles 100 --summary NAME.json -o scores.npy
# This script prints more digits today, and the column scored.
scripts/summary_table.py DIR DIR2 > docs/course.csv
