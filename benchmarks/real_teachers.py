"""Real texts, real teachers, real tasks: `default` beside `paper`, the student beside its teachers,
with seeds.

    python benchmarks/real_teachers.py --data ../shared/data --out runs/real --seeds 0 1 2

DATA holds corpus/corpus.parquet (text, source), models/ (sentence-transformers folders, and
loaders.py with Chars2Vec) and tasks/ (see `evaluation.local_tasks`). Each recipe's learning rate is
chosen on seed 0 from --rates by the mean over the tasks, so that none is favoured.
`default-weighted` is `default` with the teachers weighted 2.8, 0.5, 0.5, 0.2 (potion, word2vec,
GloVe, chars2vec). The same command resumes it. The table is printed and written to OUT/table.md."""
import argparse
import importlib.util
from pathlib import Path

import pandas as pd

from mt_distill.analysis import load_results
from mt_distill.data import Corpus
from mt_distill.evaluation import evaluate, local_tasks
from mt_distill.losses import recipe
from mt_distill.audits import agreement
from mt_distill.embedding import embed
from mt_distill.teachers import load_teacher
from mt_distill.training import train

def real_teachers(models):
    "The three sentence-transformers folders, and chars2vec through its loader."
    spec = importlib.util.spec_from_file_location('loaders', models/'loaders.py')
    loaders = importlib.util.module_from_spec(spec); spec.loader.exec_module(loaders)
    chars = loaders.Chars2Vec(str(models/'chars2vec-eng_150'))
    chars.name, chars.about = 'chars2vec-eng_150', dict(kind='chars2vec', model='chars2vec-eng_150')
    names = 'potion-base-2M', 'word2vec-gnews-300d-8k-sif', 'glove-6B-50d-20k-sif'
    return [*(load_teacher(str(models/n)) for n in names), chars]

def parse():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True)
    p.add_argument('--out', type=Path, default=Path('runs/real'))
    p.add_argument('--student', default='scratch-static')
    p.add_argument('--steps', type=int, default=1500)
    p.add_argument('--rates', type=float, nargs='+', default=[1e-2, 3e-2, 1e-1])
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--texts', type=int, help='only so many texts of the corpus')
    p.add_argument('--limit', type=int, help='at most so many rows per task')
    return p.parse_args()

def embedded(o, more=lambda teachers: []):
    "Corpus and store below OUT, of the four teachers and those that `more` makes of them."
    texts = pd.read_parquet(o.data/'corpus'/'corpus.parquet')
    if o.texts is not None: texts = texts.sample(o.texts, random_state=0)
    corpus = Corpus.from_texts(texts, o.out/'corpus')
    teachers = real_teachers(o.data/'models')
    return embed(corpus, [*teachers, *more(teachers)], o.out/'store', mask_bad=True), teachers

def prepare(o):
    "Store, teachers and tasks below OUT; the teachers are scored."
    store, teachers = embedded(o)
    alike = agreement(store).round(2)
    print(store.summary().to_string(), alike.to_string(), sep='\n\n', flush=True)
    tasks = local_tasks(o.data/'tasks', limit=o.limit)
    for t in teachers: evaluate(t, tasks, o.out/'results', name=t.name)
    return store, teachers, tasks

def best_rate(name, rates, one):
    "The rate at which `one(rate)`, a frame of scores, has the highest mean."
    first = {rate: one(rate).score.mean() for rate in rates}
    best = max(first, key=first.get)
    print(name, {k: round(float(v), 2) for k,v in first.items()}, '-> rate', best, flush=True)
    return best

def main():
    o = parse()
    store, teachers, tasks = prepare(o)
    score = lambda model, name: evaluate(model, tasks, o.out/'results', name=name)
    weights = dict(zip([t.name for t in teachers], (2.8, .5, .5, .2)))

    def one(name, rate, seed):
        r = recipe(name.removesuffix('-weighted'), batch_size=512, lr=rate, head_lr=1e-3)
        run = train(store, o.student, r, o.out/'runs'/f'{name}-{rate:g}-{seed}',
                    steps=o.steps, seed=seed,
                    weights=weights if name.endswith('weighted') else None,
                    log_every=50, eval_every=250, save_every=500)
        if name=='default' and seed==o.seeds[0]: score(str(run.start), 'untrained')
        return score(str(run.student), run.path.name)

    rows = []
    for name in ('default', 'default-weighted', 'paper'):
        best = best_rate(name, o.rates, lambda rate: one(name, rate, o.seeds[0]))
        for seed in o.seeds:
            one(name, best, seed)
            rows.append((name, best, f'local/{name}-{best:g}-{seed}'))
    write_table(load_results(o.out/'results'), rows, o.out/'table.md')

def write_table(df, rows, path):
    "Category means per model; mean and spread over the seeds of each recipe."
    per_task = df.groupby(['model', 'category', 'task']).score.mean().reset_index()
    wide = per_task.pivot_table(index='model', columns='category', values='score')
    wide['mean of all tasks'] = per_task.groupby('model').score.mean()
    runs = {m: f'{name} (rate {rate:g})' for name, rate, m in rows}
    seeds = wide[wide.index.isin(runs)].groupby(runs)
    mean, spread = (o.round(1).astype(str) for o in (seeds.mean(), seeds.std()))
    mean = mean + ' ± ' + spread
    rest = wide[~wide.index.str.contains(r'(?:default|paper)-', regex=True)].round(1).astype(str)
    table = pd.concat([mean, rest]).rename(index=lambda m: m.removeprefix('local/'))
    path.write_text(table.to_markdown()+'\n')
    print(table.to_markdown())

if __name__=='__main__': main()
