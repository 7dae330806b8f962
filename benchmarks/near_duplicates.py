"""How long `near_duplicates` takes, in what memory, and how many planted near-duplicates it finds.

    python benchmarks/near_duplicates.py CORPUS --out near_duplicates.md

CORPUS is a folder that `mt-distill corpus` wrote, or a .txt, .jsonl, .csv or .parquet file of
texts; without it, docstrings. Its texts are cut into runs of six words, and these are drawn into
new texts with the lengths of the old, so that any number is distinct and none is near another by
chance. A twentieth of them are planted: copies of others with one word in 50 to one in 8 replaced,
whose Jaccard index with the original is then counted. Each size runs in a process of its own;
memory is its `ru_maxrss`, before the call (libraries, texts and keys) and after; the workers hold
10,000 texts at a time beside their libraries. Prints a Markdown table, and writes it to --out."""
import argparse, resource, sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pyarrow as pa, pyarrow.compute as pc
from joblib.externals.loky import get_reusable_executor

from mt_distill.corpora import _jaccard, near_duplicates, text_keys
from mt_distill.data import Corpus, docstrings, read_texts

def real_texts(path:Path|None)->list[str]:
    "The texts that new ones are made of."
    if path is None: return docstrings().text.tolist()
    return Corpus(path).texts if path.is_dir() else read_texts(path)

def recombined(texts:list[str], n:int, rng)->list[str]:
    "`n` new texts: runs of six words of `texts`, as many as a text of `texts` has, two at least."
    words = [t.split() for t in texts]
    runs = [' '.join(w[i:i+6]) for w in words for i in range(0, len(w)-5, 6)]
    lengths = np.maximum(2, rng.choice([len(w)//6 for w in words], n))
    picks = iter(rng.integers(len(runs), size=lengths.sum()).tolist())
    return [' '.join(runs[next(picks)] for _ in range(k)) for k in lengths.tolist()]

def altered(text:str, vocabulary:list[str], rng)->str:
    "`text` with one word in 50 to one in 8 replaced, one at least."
    words, share = text.split(), rng.uniform(1/50, 1/8)
    for i in rng.choice(len(words), max(1, round(share*len(words))), replace=False):
        words[i] = vocabulary[rng.integers(len(vocabulary))]
    return ' '.join(words)

def peak()->float:
    "The largest memory of this process so far, in GB."
    unit = 1e9 if sys.platform=='darwin' else 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/unit

def processor_seconds()->float:
    "What this process and its workers have spent; ends them, else its own end would wait for them."
    get_reusable_executor().shutdown()
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(s.ru_utime+s.ru_stime for s in spent)

def measure(path:Path|None, n:int, near:float, seed:int)->dict[str,str]:
    "One row of the table."
    rng = np.random.default_rng(seed)
    planted = n//20
    originals = recombined(real_texts(path), n-planted, rng)
    vocabulary = sorted({w for text in originals[:20_000] for w in text.split()})
    source = rng.choice(n-planted, planted, replace=False)
    copies = [altered(originals[i], vocabulary, rng) for i in source]
    keys = text_keys(pa.array(originals+copies, pa.large_string()))
    del originals, copies
    size = np.asarray(pc.binary_length(keys)).mean()
    before, spent, start = peak(), processor_seconds(), perf_counter()
    found = near_duplicates(keys, near)
    seconds = perf_counter()-start
    after = peak()
    spent = processor_seconds()-spent
    tail, first = (o.to_pylist() for o in (keys.slice(n-planted), keys.take(pa.array(source))))
    index = np.array([_jaccard(a, b) for a, b in zip(tail, first)])
    hit, other = found[n-planted:]>=0, int((found[:n-planted]>=0).sum())
    edge = round(near+.05, 2)
    parts = (index>=near) & (index<edge), index>=edge
    recall = lambda rows: f'{100*hit[rows].mean():.2f} % of {rows.sum():,}'
    return {'texts': f'{n:,}', 'bytes of key': f'{size:.0f}', 'seconds': f'{seconds:.0f}',
            'CPU seconds': f'{spent:.0f}', 'texts a second': f'{n/seconds:,.0f}',
            'GB before': f'{before:.2f}', 'GB': f'{after:.2f}',
            f'found, {near} to {edge}': recall(parts[0]),
            f'found, {edge} and more': recall(parts[1]),
            f'found below {near}': f'{hit[index<near].sum():,} of {(index<near).sum():,}',
            'found among the rest': f'{other:,}'}

def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('corpus', type=Path, nargs='?')
    p.add_argument('--texts', type=int, nargs='+', default=[100_000, 300_000, 1_000_000])
    p.add_argument('--near', type=float, default=.8)
    p.add_argument('--seed', type=int, default=0)
    p.add_argument('--out', type=Path)
    o, rows = p.parse_args(), []
    for n in o.texts:
        with ProcessPoolExecutor(1, get_context('spawn')) as pool:
            rows.append(pool.submit(measure, o.corpus, n, o.near, o.seed).result())
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True)
    print(table)
    if o.out: o.out.write_text(table+'\n')

if __name__=='__main__': main()
