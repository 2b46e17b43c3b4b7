# On an NVIDIA H100, with PyTorch 2.11 and gridcells 0.2.0. It stopped after 14,600 updates. One row of the table is one run of gridscore.
scripts/train_many.py --updates 20000 --evaluate 5000,10000 --stop-after 130 scripts/train_many.txt DIR
gridscore --score paper --null field,gaussian --shuffles 100 --summary NAME.json -o scores.npy DIR/NAME-000014600.maps.npy
# The columns of the released formula, which the table has after 14,600 updates, and after 10,000 where the maps were kept:
gridscore --score paper,reference --null field,gaussian --shuffles 100 --summary NAME.json -o scores.npy DIR/NAME-000014600.maps.npy
