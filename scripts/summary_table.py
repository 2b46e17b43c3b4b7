#!/usr/bin/env python3
"""Print a table (CSV) of scored networks, a line for each summary of gridscore.

    scripts/summary_table.py DIR [DIR ...] > course.csv

DIR holds summaries that `gridscore --summary` wrote. They are named NAME-SEED-UPDATE.json, or NAME-SEED-UPDATE.WAY.json where a network was
scored in several ways. The column scored says in which flags of gridscore, and of ratemaps for the bins, a way differs from
`--score paper` on 32 bins. Position errors come from errors.jsonl, which scripts/train_many.py writes, or from NAME-SEED-UPDATE.path.json, which
`activations --path-integration` writes. Shares are of the units scored. Columns of the released formula have values where it was among --score.
Cells without a value are empty, and columns without any value are left out.
"""
import argparse
import csv
import glob
import json
import os
import re
import sys
from typing import Any

PAPER = ("share_above_own_field_threshold", "share_above_own_gaussian_threshold", "share_above_0.37", "mean_field_threshold")
NULLS = ("iaaft", "field-cut")  # in columns after the others
MORE = tuple(f"{part}{null}{end}" for null in NULLS for part, end in (("share_above_own_", "_threshold"), ("mean_", "_threshold")))
COLUMNS = ("setting", "seed", "update", "scored", "units_scored", "null_maps", *PAPER, "mean_scale_m", "least_scale_m", "greatest_scale_m",
           "border_share", "head_direction_share", "error_m", *(f"released_{c}" for c in PAPER), *MORE, *(f"released_{c}" for c in MORE),
           "scale_clusters", "heading_error_deg", "effect_size", "untrained_error_m")
USUAL = {"paper_inner": 0.125, "unvisited": ["zero"], "grid_cut": "own", "peak_nearest": 1, "peak_farthest": 0.8, "peak_least": 0, "peak_apart": 0,
         "baseline": "rectify"}


def flags(summary: "dict[str, Any]") -> str:
    """The flags in which the scoring differs from the usual one."""
    given = summary["parameters"]
    other = [] if "paper" in given["score"] else [f"--score {','.join(given['score'])}"]
    other += [f"--{name.replace('_', '-')} {','.join(value) if isinstance(value, list) else value}"
             for name, usual in USUAL.items() if (value := given[name]) != usual]
    return " ".join(other + ([f"--bins {summary['bins']}"] if summary["bins"] != 32 else []))


def shares(score: "dict[str, Any]", prefix: str, cut: float) -> "dict[str, Any]":
    """The share above 0.37, if that is the fixed cut, and for each null the share above own thresholds and the mean threshold."""
    values = {"share_above_0.37": score["above_cut"]["share"]} if cut == 0.37 else {}
    for null in score.get("nulls", []):
        values[f"share_above_own_{null['null']}_threshold"] = null["above_own_threshold_95"]["share"]
        values[f"mean_{null['null']}_threshold"] = null["mean_threshold_95"]
    return {prefix + name: value for name, value in values.items()}


def path_integration(path: str) -> "dict[str, Any]":
    """The errors after the last step, trained and untrained, by the usual way of decoding."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        errors = json.load(file)
    way = errors["decode"]
    return {"error_m": errors["final_error_m"], "heading_error_deg": errors["trained"]["heading"]["final_error_deg"],
            "effect_size": errors["effect_size"]["position"][way], "untrained_error_m": errors["untrained"]["position"][way]["final_error_m"]}


def known_errors(directory: str) -> "dict[tuple[str, int], float]":
    path = os.path.join(directory, "errors.jsonl")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return {(line["name"], line["update"]): line["error_m"] for line in map(json.loads, file)}


def rows(directory: str) -> "list[dict[str, Any]]":
    errors = known_errors(directory)
    found = []
    for path in glob.glob(os.path.join(directory, "*.json")):
        match = re.fullmatch(r"((.+)-(\d+)-(\d{9}))(\..+)?\.json", os.path.basename(path))
        if not match or match[5] == ".path":
            continue
        setting, seed, update = match[2], int(match[3]), int(match[4])
        with open(path, encoding="utf-8") as file:
            summary = json.load(file)
        layer = summary["layers"][0]
        scales = layer["grid_scales"]
        row = {"setting": setting, "seed": seed, "update": update, "scored": flags(summary), "units_scored": layer["units"],
               "null_maps": summary["parameters"]["shuffles"] if summary["parameters"].get("null") else None,
               "mean_scale_m": scales.get("mean_m"), "least_scale_m": scales.get("least_m"), "greatest_scale_m": scales.get("greatest_m"),
               "scale_clusters": len(scales["clusters"]) if scales.get("clusters") else None, "border_share": layer["border_cells"]["share"],
               "head_direction_share": layer["head_direction_cells"]["share"],
               **path_integration(os.path.join(directory, match[1] + ".path.json"))}
        if (f"{setting}-{seed}", update) in errors:
            row["error_m"] = errors[f"{setting}-{seed}", update]
        for score in layer["scores"]:
            row.update(shares(score, {"paper": "", "reference": "released_"}[score["score"]], summary["grid_rule"]["cut"]))
        found.append(row)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", metavar="DIR", nargs="+", help="a directory of summaries")
    table = [row for directory in parser.parse_args().directories for row in rows(directory)]
    if not table:
        parser.error("no NAME-SEED-UPDATE.json in the directories")
    table.sort(key=lambda row: (row["setting"], row["seed"], row["update"], row["scored"], row["null_maps"] or 0))
    known = [column for column in COLUMNS if any(row.get(column) not in (None, "") for row in table)]
    writer = csv.DictWriter(sys.stdout, known, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in table:
        writer.writerow({name: f"{value:.6f}" if isinstance(value, float) else value for name, value in row.items()})


if __name__ == "__main__":
    main()
