"""Seven teachers on real texts in one store, audited: does the audit tell what their scores tell?

    python benchmarks/audit_real.py --data ../shared/data --out runs/audit

DATA as for real_teachers.py: the four real teachers, and the three that are fitted on the corpus.
Writes OUT/store, OUT/audit (index.html, audit.json), OUT/results and OUT/table.md: what the audit
says of each teacher beside its mean score, and the rank correlation of each figure with the scores.
Everything is resumable."""
import argparse
from pathlib import Path
from time import perf_counter

import pandas as pd

from real_teachers import real_teachers
from mt_distill.audits import audit, audit_table, faults
from mt_distill.checks import check
from mt_distill.data import Corpus
from mt_distill.embedding import embed
from mt_distill.evaluation import evaluate, local_tasks
from mt_distill.fitted import FITTED
from mt_distill.report import write_audit
from mt_distill.store import EmbeddingStore
from mt_distill.teachers import load_teacher

def main():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True)
    p.add_argument('--out', type=Path, default=Path('runs/audit'))
    p.add_argument('--texts', type=int, help='only so many texts of the corpus')
    p.add_argument('--limit', type=int, default=2000,
                   help='at most so many rows per task (default: 2000)')
    o = p.parse_args()
    def timed(what, work):
        start = perf_counter(); result = work()
        print(f'{what}: {perf_counter()-start:.1f} s', flush=True)
        return result
    texts = pd.read_parquet(o.data/'corpus'/'corpus.parquet')[:o.texts]
    corpus = Corpus.from_texts(texts, o.out/'corpus')
    real = real_teachers(o.data/'models')
    for t in real:
        timed(f'embed {t.name}', lambda: embed(corpus, [t], o.out/'store', mask_bad=True))
    for name in FITTED: timed(f'embed {name}', lambda: embed(corpus, [name], o.out/'store'))
    print('check:', timed('check', lambda: check(o.out/'store')) or 'nothing wrong')
    store = EmbeddingStore(o.out/'store')
    report = timed('audit', lambda: audit(store))
    print(write_audit(report, o.out/'audit'),
          *(f"{f['level']}: {f['sentence']}" for f in faults(report)), sep='\n')
    table, tasks = audit_table(report), local_tasks(o.data/'tasks', limit=o.limit)
    fitted = [load_teacher(o.out/'store'/'fitted'/name) for name in FITTED]
    score = lambda t: evaluate(t, tasks, o.out/'results', name=t.name).score.mean()
    table.insert(0, 'score', {t.name: score(t) for t in [*real, *fitted]})
    table = table.sort_values('score', ascending=False)
    numbers = table.astype(float)
    ranks = numbers.corr("spearman")[["score"]].T
    table = pd.concat([numbers, ranks.rename(index=dict(score="rank correlation with the score"))])
    (o.out/'table.md').write_text(table.round(2).to_markdown()+'\n')
    print(table.round(2).to_markdown())

if __name__=='__main__': main()
