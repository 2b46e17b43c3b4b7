"""Python beside the gridcells tools.

The tools exchange record streams, which are NumPy arrays, and write checkpoints, which are safetensors files.
This package reads and writes both, so that any tool can be replaced by a Python program:

    with gridcells.Reader() as stream, gridcells.Writer(provenance=stream.provenance) as out:
        for rows in stream:
            out.write(gridcells.add_fields(rows, speed=rows["ego_vel"][..., 0]))

It needs NumPy. pandas (for `frame`), PyTorch (for `gridcells.pytorch`) and zstandard (for zstd before Python 3.14)
are used where they are installed. docs/python.md begins with ten lines that work as typed.
"""
from .checkpoint import Checkpoint
from .ensembles import Ensembles
from .network import forward
from .provenance import Provenance, Stage, VersionWarning
from .scoring import score, score_ratemaps
from .simulation import Failure, simulate
from .streams import Reader, StreamError, Writer, add_fields, read, write
from .tables import frame, maps
from .version import __version__

__all__ = [
    "Checkpoint", "Ensembles", "Failure", "Provenance", "Reader", "Stage", "StreamError", "VersionWarning", "Writer",
    "__version__", "add_fields", "forward", "frame", "maps", "read", "score",
    "score_ratemaps", "simulate", "write",
]
