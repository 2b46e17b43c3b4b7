# The ratemaps and the tuning to head direction of the seven full runs after 300,000 updates, as float16; layer is the name of the run.
# course.sh has the commands that trained them. For the runs NAME of circle add --arena circle to simulate.
simulate -n 4000 --seed 1000001 | targets | activations --allow-mismatch --dropout off --layers bottleneck --checkpoint DIR2/NAME-000300000.safetensors |
    ratemaps --bins 32 --allow-mismatch -o NAME.maps.npy
# They were put into one file so:
#   rows["layer"], rows["unit"], rows["ratemap"] = name, maps["unit"], maps["ratemap"].astype("f2")
#   gridcells.write("docs/results/full-runs.npy.zst", numpy.concatenate(all), compress="zstd")
gridscore --score paper,reference --unvisited omit --null field,gaussian,iaaft --shuffles 200 -o scores.npy docs/results/full-runs.npy.zst
