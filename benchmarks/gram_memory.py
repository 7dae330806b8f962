"""Memory and time of the relational term, forward and backward: all pairs at once, as it was, and
in blocks, as `mt_distill.losses.gram_kl` does it.

    python benchmarks/gram_memory.py

One thread, a student of 384 dimensions and teachers of 1,024; a minute, 6 GB. Memory is of one
teacher, for a process that has its own rows and compares them with those of all: how far the peak
(`ru_maxrss`) of a process of its own rises during the call. Time is of four teachers, both ways in
turn in one process."""
import json, resource, subprocess, sys
from statistics import median
from time import perf_counter

import torch
import torch.nn.functional as F
from mt_distill.losses import gram_kl, masked_mean

MEMORY = ((1024, 8192), (2048, 16384)) # own rows, all rows
SPEED = {512: 15, 2048: 5} # rows -> repetitions
STUDENT, TEACHER = 384, 1024

def all_pairs(z, target, mask, scale, tau=1., mine=slice(None)):
    "The relational term with every pair at once."
    pair = (mask[:,None] & mask[None]).fill_diagonal_(False)
    unit = F.normalize(target, dim=-1)
    g, count, low = unit@unit.T, pair.sum().clamp(min=1), torch.finfo(z.dtype).min
    mu = (g*pair).sum()/count
    sd = ((g-mu)**2*pair).sum().div(count).sqrt().clamp(min=1e-6)
    g, pair, unit = g[mine], pair[mine], F.normalize(z, dim=-1)
    log_p = F.log_softmax(((g-mu)/(sd*tau)).masked_fill(~pair, low), -1)
    log_q = F.log_softmax((unit[mine]@unit.T*scale/tau).masked_fill(~pair, low), -1)
    return masked_mean((log_p.exp()*(log_p-log_q)*pair).sum(-1), mask[mine], mask.sum())

WAYS = dict(all_pairs=all_pairs, blocks=gram_kl)

def vectors(rows:int, teachers:int)->tuple: # z, its teachers, mask
    "Random vectors, a tenth of which each teacher lacks."
    torch.manual_seed(0)
    z = torch.randn(rows, STUDENT, requires_grad=True)
    z.grad = torch.zeros_like(z)
    return z, [torch.randn(rows, TEACHER)+.5 for _ in range(teachers)], torch.arange(rows)%10>0

def call(way:str, z, teachers, mask, **kwargs)->tuple[float,float]: # value, seconds
    start = perf_counter()
    value = sum(WAYS[way](z, t, mask, torch.tensor(5.), **kwargs) for t in teachers)
    value.backward()
    return value.item(), perf_counter()-start

def memory(way:str, own:int, rows:int)->dict:
    "One call in this process."
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024
    call(way, *vectors(64, 1)) # what the libraries take once
    given = vectors(rows, 1)
    before = peak()
    value, seconds = call(way, *given, mine=slice(0, own))
    return dict(mb=peak()-before, seconds=seconds, value=value,
                gradient=given[0].grad.norm().item())

def speed(rows:int, times:int)->dict: # way -> median seconds
    given = vectors(rows, 4)
    seconds = [{way: call(way, *given)[1] for way in WAYS} for _ in range(times)]
    return {way: median(o[way] for o in seconds) for way in WAYS}

def in_a_process(*case)->dict:
    ended = subprocess.run([sys.executable, __file__, *map(str, case)], check=True,
                           capture_output=True, text=True)
    return json.loads(ended.stdout)

def main():
    print('| own rows | of | all pairs | blocks | all pairs | blocks '
          '| value, gradient differ by |\n|--:|--:|--:|--:|--:|--:|--:|')
    for own, rows in MEMORY:
        a, b = (in_a_process(way, own, rows) for way in WAYS)
        off = ', '.join(f'{abs(a[k]/b[k]-1):.0e}' for k in ('value', 'gradient'))
        print(f"| {own:,} | {rows:,} | {a['mb']:,.0f} MB | {b['mb']:,.0f} MB | "
              f"{a['seconds']:.1f} s | {b['seconds']:.1f} s | {off} |", flush=True)
    print('\n| rows | all pairs | blocks |\n|--:|--:|--:|')
    for rows, times in SPEED.items():
        took = speed(rows, times)
        print(f"| {rows:,} | {1000*took['all_pairs']:.0f} ms | {1000*took['blocks']:.0f} ms |",
              flush=True)

if __name__=='__main__':
    torch.set_num_threads(1)
    print(json.dumps(memory(sys.argv[1], *map(int, sys.argv[2:])))) if len(sys.argv)>1 else main()
