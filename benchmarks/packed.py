"""How much faster is a training step without padding? One run, one thread, the same student and texts.

    python benchmarks/packed.py

The reference pads random batches to their longest text, as a plain loop does. The last line is JSON with `ratio` and
`tokens_per_real_token` (padded tokens the reference computes for each real one)."""
import argparse, json, statistics, time

import numpy as np
import torch

from mt_distill.data import docstrings
from mt_distill.student import build_bert

def seconds(step, batches):
    "Median time of a step over the batches, after one to warm up."
    step(*batches[0])
    times = []
    for b in batches:
        start = time.perf_counter(); step(*b); times.append(time.perf_counter()-start)
    return statistics.median(times)

def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--batch-size', type=int, default=256)
    p.add_argument('--batches', type=int, default=8)
    o = p.parse_args()
    torch.set_num_threads(1)
    texts = docstrings(('networkx', 'scipy')).text.sample(o.batch_size*o.batches, random_state=0).tolist()
    student = build_bert(texts, dim=128, layers=2, max_len=128).train()
    batches = []
    for a in range(0, len(texts), o.batch_size):
        ids, offsets = student.tokenize(texts[a:a+o.batch_size])
        batches.append((torch.from_numpy(ids.astype(np.int64)), torch.from_numpy(np.diff(offsets))))
    weight = torch.randn(student.dim)
    step = lambda forward: lambda ids, lengths: (forward(ids, lengths)@weight).sum().backward()
    packed, padded = seconds(step(student), batches), seconds(step(student.forward_padded), batches)
    waste = sum(len(n)*int(n.max()) for _,n in batches)/sum(int(n.sum()) for _,n in batches)
    print(f'{len(texts)} docstrings, {np.mean([n.float().mean().item() for _,n in batches]):.0f} tokens in the mean, forward and backward of {o.batch_size}')
    print(f'padded {padded:.3f} s, packed {packed:.3f} s a step')
    print(json.dumps(dict(ratio=round(padded/packed, 2), tokens_per_real_token=round(waste, 2))))

if __name__=='__main__': main()
