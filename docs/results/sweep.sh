# The networks of docs/results/small.csv, a dot for each; small.plan.sh has their trainings.
report --figure settings --runs docs/results/small.csv --columns best_error_cm,paper_field_own,paper_gaussian_own \
    --width 180 --height 55 -o docs/sweep.svg
