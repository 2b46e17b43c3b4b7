"""scripts/summary_table.py puts what gridscore and activations say of networks into one table."""
import csv
import io
import json
import os

from conftest import ROOT

SCRIPT = os.path.abspath(os.path.join(ROOT, "scripts", "summary_table.py"))


def test_table(tool, tmp_path):
    """Each way of scoring is a row; values are those of the files, and columns without any are left out."""
    tool("""simulate -q -n 20 | targets -q --n-pc 16 > codes
            train -q --nh-lstm 8 --nh-bottleneck 12 --steps 2 --checkpoint net < codes
            mkdir d; name=d/base-7-000000002
            activations -q --layers bottleneck --checkpoint net --path-integration $name.path.json < codes | ratemaps -q --bins 32 -o maps
            score() { gridscore -q --unvisited zero --shuffles 3 -o /dev/null "$@" maps; }
            score --score paper,reference --null field,gaussian --summary $name.json
            score --score paper --paper-inner 0.25 --null field,iaaft --summary $name.inner.json
            score --score paper --grid-cut 0.2 --summary $name.cut.json
            score --score reference --null field-cut --summary $name.port.json""", cwd=tmp_path)
    text = tool(f'"$PYTHON" -B "{SCRIPT}" d', cwd=tmp_path).decode()
    rows = {row["scored"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == {"", "--paper-inner 0.25", "--grid-cut 0.2", "--score reference --grid-cut 0.37"}
    usual, inner, cut, port = (rows[name] for name in ("", "--paper-inner 0.25", "--grid-cut 0.2", "--score reference --grid-cut 0.37"))
    assert (usual["setting"], usual["seed"], usual["update"], usual["units_scored"], usual["null_maps"]) == ("base", "7", "2", "12", "3")
    paper, released = json.loads((tmp_path / "d" / "base-7-000000002.json").read_text())["layers"][0]["scores"]
    for score, prefix in ((paper, ""), (released, "released_")):
        for null in score["nulls"]:
            assert float(usual[f"{prefix}share_above_own_{null['null']}_threshold"]) == round(null["above_own_threshold_95"]["share"], 6)
        assert float(usual[f"{prefix}share_above_0.37"]) == round(score["above_cut"]["share"], 6)
    path = json.loads((tmp_path / "d" / "base-7-000000002.path.json").read_text())
    assert float(usual["error_m"]) == round(path["final_error_m"], 6) and usual["effect_size"]
    assert inner["share_above_own_iaaft_threshold"] and not inner["share_above_own_gaussian_threshold"] and not usual["share_above_own_iaaft_threshold"]
    assert not cut["share_above_0.37"] and not cut["null_maps"] and port["released_share_above_own_field-cut_threshold"]
    assert "released_share_above_own_iaaft_threshold" not in usual and "mean_field-cut_threshold" not in usual


def test_no_summaries(tool, tmp_path):
    assert "NAME-SEED-UPDATE.json" in tool(f'"$PYTHON" -B "{SCRIPT}" .', cwd=tmp_path, status=2)
