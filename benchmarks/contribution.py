"""What does each teacher add, and are the heads sound? The student of `real_teachers.py`, trained without each teacher in turn; then by likelihood, raw and standardised.

    python benchmarks/contribution.py --data ../shared/data --out runs/contribution --seeds 0 1 2

Recipe `default` with the weights of that study, one rate for all. Writes to OUT contribution.csv (without, seed, category, task, score), agreement.csv (CKA of
every two teachers) and diagnosis.csv (what `diagnose` says of the heads); `figures/data` keeps them. Resumable: the same line goes on."""
import argparse, sys
from pathlib import Path
import pandas as pd
sys.path.insert(0, str(Path(__file__).parent))
from real_teachers import real_teachers
from mt_distill.data import Corpus
from mt_distill.evaluation import evaluate, local_tasks
from mt_distill.losses import recipe
from mt_distill.runs import diagnose
from mt_distill.audit import agreement
from mt_distill.embedding import embed
from mt_distill.training import train

def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True)
    p.add_argument('--out', type=Path, default=Path('runs/contribution'))
    p.add_argument('--steps', type=int, default=1500)
    p.add_argument('--rate', type=float, default=.03)
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--texts', type=int, help='only so many texts of the corpus')
    p.add_argument('--limit', type=int, help='at most so many rows per task')
    return p.parse_args()

def diagnoses(o, store):
    "What `diagnose` says of the paper's likelihood and of two changes to it, and of the default, every seed."
    kinds = {'paper': recipe('paper'), 'paper, targets scaled': recipe('paper', standardise='scale'), 'paper, targets scaled, wider σ': recipe('paper', standardise='scale', sigma_limit=3.), 'default': recipe('default')}
    rows = []
    for (name, r), seed in ((k, s) for k in kinds.items() for s in o.seeds):
        run = train(store, 'scratch-static', {**r, 'batch_size': 512, 'lr': o.rate, 'head_lr': 1e-3}, o.out/'runs'/f'diagnosis-{list(kinds).index(name)}-{seed}', steps=o.steps, seed=seed,
                    log_every=50, eval_every=250, save_every=500)
        found = diagnose(run)
        rows.append(found.assign(**found.attrs, recipe=name, seed=seed).rename_axis('teacher').reset_index())
    return pd.concat(rows)

def main():
    o = parse()
    texts = pd.read_parquet(o.data/'corpus'/'corpus.parquet')
    corpus = Corpus.from_texts(texts if o.texts is None else texts.sample(o.texts, random_state=0), o.out/'corpus')
    teachers = real_teachers(o.data/'models')
    store, tasks = embed(corpus, teachers, o.out/'store', mask_bad=True), local_tasks(o.data/'tasks', limit=o.limit)
    agreement(store, rows=5000).to_csv(o.out/'agreement.csv')
    names = [t.name for t in teachers]
    weights = dict(zip(names, (2.8, .5, .5, .2)))
    parts = []
    for seed in o.seeds:
        for without in ('none', *names):
            kept = [n for n in names if n != without]
            run = train(store.select(kept), 'scratch-static', recipe('default', batch_size=512, lr=o.rate), o.out/'runs'/f'without-{without}-{seed}', steps=o.steps, seed=seed,
                        weights={n: weights[n] for n in kept}, log_every=50, eval_every=250, save_every=500)
            scores = evaluate(str(run.student), tasks, o.out/'results', name=run.path.name)
            parts.append(scores.assign(without=without, seed=seed))
            pd.concat(parts).to_csv(o.out/'contribution.csv', index=False)
            print(without, seed, round(scores.groupby('task').score.mean().mean(), 2), flush=True)
    for t in teachers: parts.append(evaluate(t, tasks, o.out/'results', name=t.name).assign(without=f'teacher {t.name}', seed=-1))
    pd.concat(parts).to_csv(o.out/'contribution.csv', index=False)
    diagnoses(o, store).to_csv(o.out/'diagnosis.csv', index=False)

if __name__=='__main__': main()
