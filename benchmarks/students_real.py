"""Three kinds of student on real texts, from real teachers, by real tasks: static and BERT from
scratch, a tiny pretrained llama; `paper` beside `default`.

    python benchmarks/students_real.py --data ../shared/data --out runs/students --seeds 0 1 2
    python benchmarks/students_real.py --data ../shared/data --out runs/students --kill

DATA as for real_teachers.py, with models/stories260K-llama. All runs have the same steps and batch;
each student and recipe takes the best of its rates on the first seed. The same command resumes it;
OUT/table.md has the table. With --kill one of the runs is made once more, killed in its middle
(SIGKILL, at random), resumed, and compared with its twin bit for bit."""
import argparse, hashlib, json, math, random, subprocess, sys, time
from pathlib import Path

import pandas as pd
import torch

from real_teachers import best_rate, prepare, write_table
from mt_distill.analysis import load_results
from mt_distill.files import BadInput
from mt_distill.evaluation import evaluate
from mt_distill.losses import recipe
from mt_distill.plan import make_student
from mt_distill.store import EmbeddingStore
from mt_distill.student import Student
from mt_distill.training import train

RATES = dict(static=dict(paper=[3e-2, 1e-1, 3e-1], default=[3e-2, 1e-1, 3e-1]),
             # `paper` needs lower ones: above 1e-3 it collapses
             bert=dict(paper=[2e-4, 5e-4, 1e-3, 2e-3, 5e-3], default=[5e-4, 2e-3, 5e-3]),
             llama=dict(paper=[3e-4, 1e-3], default=[1e-3, 3e-3]))

def parse():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True)
    p.add_argument('--out', type=Path, default=Path('runs/students'))
    p.add_argument('--students', nargs='+', choices=list(RATES), default=list(RATES))
    p.add_argument('--steps', type=int, default=240)
    p.add_argument('--batch', type=int, default=256)
    p.add_argument('--max-len', type=int, default=128,
                   help='tokens of a text that BERT and llama read')
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--texts', type=int, help='only so many texts of the corpus')
    p.add_argument('--limit', type=int, default=1000,
                   help='at most so many rows per task (default: 1000)')
    p.add_argument('--kill', action='store_true', help='kill and resume one run, after the study')
    p.add_argument('--one', nargs=4, metavar=('STUDENT', 'RECIPE', 'RATE', 'SEED'),
                   help='train this one only, into OUT/killed')
    return p.parse_args()

def say(*what): print(time.strftime('%H:%M:%S'), *what, flush=True)

def untrained(o, store, kind, seed):
    "The folder of an untrained student; the seed gives weights from scratch, llama pools by mean."
    path = o.out/'students'/(kind if kind=='llama' else f'{kind}-{seed}')
    if path.exists(): return path
    if kind=='llama':
        student = Student.load(o.data/'models'/'stories260K-llama', o.max_len, pooling='mean')
    else:
        student = make_student(f'scratch-{kind}', store.corpus, recipe(),
                               max_len=o.max_len if kind=='bert' else None, seed=seed)
    say(path.name, student)
    return student.save(path, normalize=True)

def train_one(o, store, kind, name, rate, seed, into='runs'):
    "One run of the study; its time is printed."
    made = recipe(name, batch_size=o.batch, lr=rate, head_lr=1e-3)
    start, folder = untrained(o, store, kind, seed), o.out/into/f'{kind}-{name}-{rate:g}-{seed}'
    begun = time.perf_counter()
    quarter = max(1, o.steps//4)
    run = train(store, str(start), made, folder, steps=o.steps,
                max_len=None if kind=='static' else o.max_len, seed=seed,
                log_every=10, eval_every=quarter, save_every=quarter)
    say('trained', folder.name, f'{time.perf_counter()-begun:.0f} s')
    return run

def study(o):
    "Every student by every recipe: rates on the first seed, then all seeds."
    store, _, tasks = prepare(o)
    rows = []
    def score(model, name):
        begun = time.perf_counter()
        found = evaluate(str(model), tasks, o.out/'results', name=name)
        say('scored', name, f'{found.score.mean():.2f}', f'{time.perf_counter()-begun:.0f} s')
        return found
    def one(kind, name, rate, seed):
        fallen = o.out/'collapsed'/f'{kind}-{name}-{rate:g}-{seed}.txt'
        if not fallen.exists():
            try: run = train_one(o, store, kind, name, rate, seed)
            except BadInput as e:
                if 'same vector' not in str(e): raise
                fallen.parent.mkdir(exist_ok=True); fallen.write_text(str(e)); say(fallen.stem, e)
            else: return score(run.student, run.path.name)
        return pd.DataFrame(dict(score=[-math.inf])) # a student that collapses is worse than any
    for kind in o.students:
        score(untrained(o, store, kind, o.seeds[0]), f'{kind}-untrained')
        best = {name: best_rate(f'{kind}, {name}', rates,
                                lambda rate: one(kind, name, rate, o.seeds[0]))
                for name,rates in RATES[kind].items()}
        for seed in o.seeds:
            for name, rate in best.items():
                one(kind, name, rate, seed)
                rows.append((f'{kind}, {name}', rate, f'local/{kind}-{name}-{rate:g}-{seed}'))
        write_table(load_results(o.out/'results'), rows, o.out/'table.md')

def sha(path): return hashlib.sha256(path.read_bytes()).hexdigest()[:16]

def traces(run):
    """What must be equal to the last bit: metrics without the clock, the student's weights, the
    last checkpoint's weights and optimizer."""
    lines = [json.loads(l) for l in (run/'metrics.jsonl').read_text().splitlines()]
    last = max((run/'checkpoints').glob('checkpoint-*'), key=lambda f: int(f.name.split('-')[1]))
    state = torch.load(last/'optimizer.pt', weights_only=True)['state']
    moments = b''.join(v.numpy().tobytes() for s in state.values() for v in s.values())
    return {'metrics': [{k:v for k,v in l.items() if k!='samples_per_s'} for l in lines],
            'student': sha(next((run/'student').rglob('model.safetensors'))),
            'student and heads': sha(last/'model.safetensors'),
            'optimizer': hashlib.sha256(moments).hexdigest()[:16]}

def kill(o, kind='bert', name='default'):
    "Make the second seed's run again, kill it between two fifths and nine tenths, resume, compare."
    twin = next((o.out/'runs').glob(f'{kind}-{name}-*-{o.seeds[1]}'))
    path, rate = o.out/'killed'/twin.name, twin.name.split('-')[2]
    if path.exists(): raise SystemExit(f'{path} is there: delete it first.')
    same = dict(data=o.data, out=o.out, steps=o.steps, batch=o.batch) | {'max-len': o.max_len}
    line = [sys.executable, __file__, *(str(a) for k,v in same.items() for a in (f'--{k}', v)),
            '--one', kind, name, rate, str(o.seeds[1])]
    moment, pause = random.uniform(.4, .9)*o.steps, random.uniform(0, 4)
    child = subprocess.Popen(line)
    def step():
        try: return json.loads((path/'metrics.jsonl').read_text().splitlines()[-1])['step']
        except (FileNotFoundError, IndexError, json.JSONDecodeError): return -1
    while step()<moment:
        if child.poll() is not None: raise SystemExit('The run ended before it was killed.')
        time.sleep(.05)
    time.sleep(pause)
    child.kill()
    code = child.wait()
    say(f'killed {path.name}: exit code {code}, metrics up to step {step()} of {o.steps}, '
        f'checkpoints {sorted(f.name for f in (path/"checkpoints").iterdir())}')
    if (path/'student').exists(): raise SystemExit('It was finished already.')
    subprocess.run(line, check=True)
    a, b = traces(path), traces(twin)
    for k in a:
        say(f'{k}:', 'the same to the last bit' if a[k]==b[k] else 'DIFFERENT',
            f'({len(a[k])} lines)' if k=='metrics' else a[k])
    if a!=b: raise SystemExit('The resumed run differs from its undisturbed twin.')

def main():
    o = parse()
    torch.set_num_threads(1)
    if o.one:
        kind, name, rate, seed = o.one
        train_one(o, EmbeddingStore(o.out/'store'), kind, name, float(rate), int(seed), 'killed')
    elif o.kill: kill(o)
    else: study(o)

if __name__=='__main__': main()
