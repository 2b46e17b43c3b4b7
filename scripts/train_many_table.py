#!/usr/bin/env python3
"""Print a table (CSV) of the networks that scripts/train_many.py trained, a line for each network and number of updates.

    scripts/train_many_table.py DIR [DIR ...] > course.csv

DIR holds errors.jsonl and, for each scored file NAME-SEED-UPDATE.maps.npy, the summary NAME-SEED-UPDATE.json that `gridscore
--null field,gaussian --summary` wrote. Shares are of the units scored. Columns of the released formula have values where gridscore was
given `--score paper,reference`. Cells without a value are empty.
"""
import csv
import glob
import json
import os
import re
import sys
from typing import Any

COLUMNS = ("setting", "seed", "update", "units_scored", "null_maps", "share_above_own_field_threshold", "share_above_own_gaussian_threshold",
           "share_above_0.37", "mean_field_threshold", "mean_scale_m", "least_scale_m", "greatest_scale_m", "border_share",
           "head_direction_share", "error_m", "released_share_above_own_field_threshold", "released_share_above_own_gaussian_threshold",
           "released_share_above_0.37", "released_mean_field_threshold")


def shares(score: "dict[str, Any]") -> "tuple[float, float, float, float]":
    """The shares above own thresholds in field shuffles and Gaussian fields, the share above 0.37, and the mean threshold in field shuffles."""
    nulls = {null["null"]: null for null in score["nulls"]}
    field, gaussian = nulls["field"], nulls["gaussian"]
    return (field["above_own_threshold_95"]["share"], gaussian["above_own_threshold_95"]["share"], score["above_cut"]["share"],
            field["mean_threshold_95"])


def rows(directory: str) -> "list[dict[str, object]]":
    with open(os.path.join(directory, "errors.jsonl"), encoding="utf-8") as file:
        errors = {(line["name"], line["update"]): line["error_m"] for line in map(json.loads, file)}
    found = []
    for path in glob.glob(os.path.join(directory, "*.json")):
        match = re.fullmatch(r"(.+)-(\d+)-(\d{9})\.json", os.path.basename(path))
        if not match:
            continue
        setting, seed, update = match[1], int(match[2]), int(match[3])
        with open(path, encoding="utf-8") as file:
            summary = json.load(file)
        layer = summary["layers"][0]
        scores = {score["score"]: shares(score) for score in layer["scores"]}
        scales = layer["grid_scales"]
        values = (setting, seed, update, layer["units"], summary["parameters"]["shuffles"], *scores["paper"],
                  scales.get("mean_m"), scales.get("least_m"), scales.get("greatest_m"), layer["border_cells"]["share"],
                  layer["head_direction_cells"]["share"], errors.get((f"{setting}-{seed}", update)), *scores.get("reference", 4 * [None]))
        found.append({c: f"{v:.4f}" if isinstance(v, float) else v for c, v in zip(COLUMNS, values)})
    return found


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    table = [row for directory in sys.argv[1:] for row in rows(directory)]
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(table, key=lambda row: (row["setting"], row["seed"], row["update"])))


if __name__ == "__main__":
    main()
