#!/usr/bin/env python3
"""Make and run examples/notebook.ipynb. It needs PyTorch, matplotlib, nbclient and ipykernel, and the tools on the PATH.

    python3 examples/make_notebook.py --updates 5000 --evaluate 5000 --shuffles 100 examples/notebook.ipynb
    python3 examples/make_notebook.py --updates 4 --evaluate 60 --shuffles 3 small.ipynb
"""
import argparse
import os
import re
import tempfile

import nbclient
import nbformat

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("file", help="write the notebook with its outputs to this file")
parser.add_argument("--updates", type=int, default=400, help="set the updates of each training (default 400)")
parser.add_argument("--evaluate", type=int, default=300, help="set the trajectories from which units are scored (default 300)")
parser.add_argument("--shuffles", type=int, default=40, help="set the null maps of each unit (default 40)")
arguments = parser.parse_args()

CELLS = ["""
# A network of your own, with these data and these nulls

`simulate` makes the trajectories, PyTorch trains a small recurrent network on them, and `ratemaps` and `gridscore` test its units
against null maps. Then the same steps for the paper's network, from a checkpoint of `train`. The last cell is the ten lines of README.
`examples/make_notebook.py` makes this notebook.
""", f"""
import json, subprocess
import gridcells, matplotlib.pyplot as plt, numpy as np, torch
from gridcells import pytorch

UPDATES, EVALUATE, SHUFFLES = {arguments.updates}, {arguments.evaluate}, {arguments.shuffles}
torch.manual_seed(1)
torch.set_num_threads(1)
""", """
## Data
512 place cells, whose fields are differences of Gaussians. The trajectories are made while they are used, and nothing is stored.
""", """
ensembles = gridcells.Ensembles(n_pc=[512], pc_scale=[0.12], n_hdc=[], hdc_concentration=[], targets_type="dog")
data = pytorch.Trajectories(20 * UPDATES, ensembles, "--preset", "quick", batch=20, seed=1)
loader = torch.utils.data.DataLoader(data, batch_size=None)

rows = ensembles.add_codes(next(gridcells.simulate(1, "--preset", "quick")))
{name: rows.dtype[name].shape for name in rows.dtype.names}
""", """
## Training
A plain recurrent network with rectified units and 128 rectified units in its linear layer. The targets are wide, so that a network which knows
nothing has a loss of ln 512 = 6.238 nats, and a perfect one the entropy of the targets, 6.145. There is no weight decay: the gradients are so small
that it would silence the units.
""", """
module = pytorch.PathIntegrator.build(ensembles, cell="rnn-relu", hidden=128, bottleneck=128, rectified=True, keep=[0.9])
optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
losses = []
for ego_vel, init, targets in loader:
    loss = module.loss(module(ego_vel, init), targets)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())

plt.figure(figsize=(5, 2.2))
plt.plot(losses, linewidth=0.7)
plt.axhline(6.145, color="grey", linestyle=":")
plt.xlabel("update")
plt.ylabel("loss (nats)")
plt.show()
""", """
## Scores and nulls
Its activities on new trajectories go to `ratemaps` and `gridscore` as a record stream. A unit is a grid cell if its gridness is above
the 95th percentile of its own shuffled fields, as in the paper; 5.9 % of units that are none would pass by 100 shuffles.
""", """
def activities(network, flags, codes):
    \"\"\"Write positions and activities of the linear layer on held-out trajectories to units.npy.\"\"\"
    network.eval()
    with gridcells.Writer("units.npy", gridcells.Provenance().then("notebook", parameters={"env_size": 2.2})) as out, torch.no_grad():
        for rows in gridcells.simulate(EVALUATE, *flags, seed=2, rows=100):
            ego_vel, init, _ = pytorch.tensors(codes.add_codes(rows))
            rates = network(ego_vel, init)["bottleneck"].numpy()
            out.write(gridcells.add_fields(rows[["target_pos", "target_hd"]], bottleneck=rates))

def scored():
    \"\"\"Return the scored units of units.npy, and what gridscore says of the population.\"\"\"
    subprocess.run("ratemaps --quiet units.npy | gridscore --quiet --null field,gaussian --shuffles "
                   f"{SHUFFLES} --summary summary.json -o scores.npy", shell=True, check=True)
    with open("summary.json") as file:
        return gridcells.read("scores.npy"), json.load(file)

activities(module, ["--preset", "quick"], ensembles)
(units, provenance), summary = scored()
table = gridcells.frame(units, provenance)
table[["unit", "score_60", "grid_scale_m", "threshold_95_field", "is_grid"]].sort_values("score_60", ascending=False).head()
""", """
for null in ("field", "gaussian"):
    above = int((table["score_60"] > table["threshold_95_" + null]).sum())
    print(f"{above} of {len(table)} units are above their own 95th percentile of the null {null}")
""", """
## The figure
Ratemaps and autocorrelograms of the units with the highest gridness, as in the paper's first figure.
""", """
def figure(units):
    best = units[np.argsort(-np.nan_to_num(units["score_60"], nan=-9))[:8]]
    _, axes = plt.subplots(2, len(best), figsize=(1.15 * len(best), 2.5))
    for column, unit in zip(axes.T, best):
        for ax, values in zip(column, (unit["ratemap"], unit["sac"])):
            ax.imshow(values.T, origin="lower", cmap="jet")
            ax.axis("off")
        column[0].set_title(f"{unit['score_60']:.2f}", fontsize=9)
    plt.show()

figure(units)
""", """
## The paper's network, from a checkpoint
`train` trains it here for as many updates, far from the 300,000 of the paper, with ten times the paper's learning rate. The figure shows the
steps, not a result. Put the checkpoint of a full run in its place.
""", """
subprocess.run(f"simulate | targets | train --quiet --preset paper --learning-rate 1e-4 --steps {UPDATES} --force --checkpoint paper.safetensors", shell=True, check=True)
checkpoint = gridcells.Checkpoint.load("paper.safetensors")
activities(pytorch.PathIntegrator.from_checkpoint(checkpoint), [], checkpoint.ensembles)
(units, provenance), summary = scored()
figure(units)
""", """
## Ten lines
README's lines of Python, with the files of the cells above.
"""]


def readme():
    """Return the lines of Python in README.md."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "README.md"), encoding="utf-8") as file:
        return re.findall(r"^```python\n(.*?)^```$", file.read(), re.M | re.S)


def cells():
    """Give the notebook's cells. Those that begin with a heading are text."""
    for number, text in enumerate([*CELLS, *readme()]):
        text = text.strip("\n")
        make = nbformat.v4.new_markdown_cell if text.startswith("#") else nbformat.v4.new_code_cell
        cell = make(text)
        cell["id"] = f"cell-{number}"
        yield cell


notebook = nbformat.v4.new_notebook(cells=list(cells()))
notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
with tempfile.TemporaryDirectory() as directory:
    resources = {"metadata": {"path": directory}}
    nbclient.NotebookClient(notebook, timeout=7200, startup_timeout=600, kernel_name="python3", record_timing=False, resources=resources).execute()
nbformat.write(notebook, arguments.file)
