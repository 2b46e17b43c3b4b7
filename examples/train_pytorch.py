#!/usr/bin/env python3
"""Replace `train`: the same network in PyTorch, for as long as there are data.

    simulate -n 2000 | targets | python3 examples/train_pytorch.py run.safetensors
"""
import sys

import gridcells
import torch
from gridcells import pytorch

with gridcells.Reader(rows=10) as stream:
    module = pytorch.PathIntegrator.build(stream.dtype)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    for update, rows in enumerate(stream, 1):
        ego_vel, init, targets = pytorch.tensors(rows)
        loss = module.loss(module(ego_vel, init), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(module.parameters(), 1e-1)
        optimizer.step()
        if update % 10 == 0:
            print(f"update {update}: loss {loss.item():.3f}", file=sys.stderr)
module.checkpoint().save(sys.argv[1])
