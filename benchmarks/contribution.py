"""What does each teacher add, and are the heads sound?

The student of `real_teachers.py`, trained without each teacher in turn; then by likelihood, raw and
standardised.

    python benchmarks/contribution.py --data ../shared/data --out runs/contribution --seeds 0 1 2

Recipe `default` with the weights of that study, one rate for all. Writes to OUT contribution.csv
(without, seed, category, task, score), agreement.csv (CKA of every two teachers) and diagnosis.csv
(what `diagnose` says of the heads); `figures/data` keeps them. The same command resumes it."""
import argparse, sys
from pathlib import Path
import pandas as pd
sys.path.insert(0, str(Path(__file__).parent))
from real_teachers import embedded
from mt_distill.evaluation import evaluate, local_tasks
from mt_distill.losses import recipe
from mt_distill.runs import diagnose
from mt_distill.audits import agreement
from mt_distill.training import train

def parse():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True)
    p.add_argument('--out', type=Path, default=Path('runs/contribution'))
    p.add_argument('--steps', type=int, default=1500)
    p.add_argument('--rate', type=float, default=.03)
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--texts', type=int, help='only so many texts of the corpus')
    p.add_argument('--limit', type=int, help='at most so many rows per task')
    return p.parse_args()

def diagnoses(o, store):
    "What `diagnose` says of the paper's likelihood, two changes to it and the default, by seed."
    scaled = dict(standardise='scale')
    kinds = {'paper': recipe('paper'),
             'paper, targets scaled': recipe('paper', **scaled),
             'paper, targets scaled, wider σ': recipe('paper', **scaled, sigma_limit=3.),
             'default': recipe('default')}
    rows = []
    for (name, r), seed in ((k, s) for k in kinds.items() for s in o.seeds):
        made = {**r, 'batch_size': 512, 'lr': o.rate, 'head_lr': 1e-3}
        out = o.out/'runs'/f'diagnosis-{list(kinds).index(name)}-{seed}'
        run = train(store, 'scratch-static', made, out, steps=o.steps, seed=seed,
                    log_every=50, eval_every=250, save_every=500)
        found = diagnose(run)
        found = found.assign(**found.attrs, recipe=name, seed=seed)
        rows.append(found.rename_axis('teacher').reset_index())
    return pd.concat(rows)

def main():
    o = parse()
    store, teachers = embedded(o)
    tasks = local_tasks(o.data/'tasks', limit=o.limit)
    agreement(store, rows=5000).to_csv(o.out/'agreement.csv')
    names = [t.name for t in teachers]
    weights = dict(zip(names, (2.8, .5, .5, .2)))
    parts = []
    for seed in o.seeds:
        for without in ('none', *names):
            kept = [n for n in names if n != without]
            run = train(store.select(kept), 'scratch-static',
                        recipe('default', batch_size=512, lr=o.rate),
                        o.out/'runs'/f'without-{without}-{seed}', steps=o.steps, seed=seed,
                        weights={n: weights[n] for n in kept},
                        log_every=50, eval_every=250, save_every=500)
            scores = evaluate(str(run.student), tasks, o.out/'results', name=run.path.name)
            parts.append(scores.assign(without=without, seed=seed))
            pd.concat(parts).to_csv(o.out/'contribution.csv', index=False)
            print(without, seed, round(scores.groupby('task').score.mean().mean(), 2), flush=True)
    for t in teachers:
        scores = evaluate(t, tasks, o.out/'results', name=t.name)
        parts.append(scores.assign(without=f'teacher {t.name}', seed=-1))
    pd.concat(parts).to_csv(o.out/'contribution.csv', index=False)
    diagnoses(o, store).to_csv(o.out/'diagnosis.csv', index=False)

if __name__=='__main__': main()
