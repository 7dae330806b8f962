"""Which parts of the method earn their place? Fourteen questions, each its runs, with seeds.

    python benchmarks/method.py --data ../shared/data --out runs/method --workers 2
    python benchmarks/method.py --data ../shared/data --out runs/method --questions weights

DATA as for real_teachers.py. All runs of a kind of student have the same steps and batch, unless
steps are the question. Every variant is tried at its rates with the first seed; the rate is chosen
on one half of the tasks and reported on the other, both ways, and only then come the other seeds.
The same command resumes it; for another version of the package name another OUT. OUT/method.csv has
a row per question, variant, seed and task (`figures/data/method.csv` is a copy, which
figures/80_method.ipynb draws)."""
import argparse, os, sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from pieces import KINDS, averaged, second_stage, with_piece
from real_teachers import embedded, real_teachers

HAND = {'potion-base-2M': 2.8, 'word2vec-gnews-300d-8k-sif': .5, 'glove-6B-50d-20k-sif': .5,
        'chars2vec-eng_150': .2}
BEST = 'potion-base-2M' # of the four teachers, by the mean over the tasks
RATES = dict(static=(3e-2,), bert=(2e-3, 5e-3, 1e-2)) # where a variant names none
STEPS = dict(static=1500, bert=240) # of 512 and of 256 texts

@dataclass(frozen=True)
class Variant:
    "One way to train a student."
    name:str
    recipe:dict = field(default_factory=dict) # changes to `default`, or with a name to another
    weights:object = None # of the teachers, as `train` takes them
    teachers:tuple = () # kept; none: all four
    added:str = '' # 'noise' or 'duplicate': one teacher more
    piece:tuple = () # one of pieces.py and its amount; 'ema' and a decay; 'second' and a rate
    cut:int = 0 # keep the first so many dimensions; zero is all
    student:str = 'static'
    vocab:int = 30_000
    dim:int = 128
    steps:int = 0 # zero: STEPS
    rates:tuple = () # none: RATES
    seeds:int = 1 # how many of the seeds

def questions():
    "question -> its variants; a variant that two questions share is trained once."
    each, one = dict(target='teachers'), dict(target='consensus')
    auto = lambda name, recipe={}, **o: Variant(name, {**one, **recipe}, 'auto', **o)
    alike = lambda fit, gram: Variant(f'{fit}{" + Gram" if gram else ""}',
                                      dict(each, fit=fit, gram=gram), 'equal',
                                      rates=(3e-2, 1e-1))
    grid = dict(seeds=3, rates=(1e-2, 3e-2, 1e-1))
    paper = lambda rates, **o: Variant('paper', dict(name='paper'), 'equal', rates=rates, **o)
    return dict(
        weights=[
            paper((1e-2, 3e-2, 1e-1, 3e-1), seeds=3),
            Variant('teachers, equal', {**each, 'whiten': 0.}, 'equal', **grid),
            auto('consensus, label-free', **grid),
            Variant('consensus, equal', one, 'equal', **grid),
            Variant('consensus, by hand', one, HAND, **grid),
            Variant('teachers, label-free', each, 'auto', **grid)],
        transformer=[
            paper((2e-4, 5e-4, 1e-3), student='bert', seeds=3),
            Variant('teachers, equal', {**each, 'whiten': 0.}, 'equal', student='bert', seeds=3),
            auto('consensus, label-free', student='bert', seeds=3),
            Variant(f'only {BEST}', one, 'equal', (BEST,), student='bert', seeds=3)],
        start=[auto(f'{kind}, {how}', dict(head_lr=h) if h else {}, piece=piece, student=student,
                    rates=(rate,))
               for kind, student, rate in (('static', 'static', 3e-2),
                                           ('transformer', 'bert', 5e-3))
               for how, piece, h in (('at the principal axes', (), 0),
                                     ('at random', ('random', 0), 0),
                                     ('at random, head rate 1e-2', ('random', 0), 1e-2))],
        single=[Variant(f'only {k}', one, 'equal', (k,), seeds=3 if k==BEST else 1)
                for k in HAND],
        whitening=[auto(f'power {p:g}', dict(whiten=p)) for p in (0., .25, .5, .75, 1.)],
        pieces=[auto('none'), auto('a term for each teacher, 0.3', piece=('each', .3)),
                auto('a term for each teacher, 1', piece=('each', 1.)),
                auto('spread-out, 1', piece=('spread', 1.)),
                auto('smooth L1', piece=('smooth', 1.)),
                auto('a teacher in four left out', piece=('drop', .25)),
                Variant('teachers, balanced gradients', each, 'auto', piece=('balance', 1.)),
                auto('averaged weights, 0.99', piece=('ema', .99)),
                auto('averaged weights, 0.998', piece=('ema', .998)),
                auto('second stage, 1e-3', dict(whiten=0.), piece=('second', 1e-3)),
                auto('second stage, 1e-2', dict(whiten=0.), piece=('second', 1e-2))],
        prefix=[auto('trained with 32', dim=32), auto('first 32, by variance', cut=32),
                auto('first 32, as trained', dict(whiten=0.), cut=32),
                auto('first 32, Matryoshka', dict(whiten=0.), piece=('prefix', 1.), cut=32),
                auto('all 128, Matryoshka', piece=('prefix', 1.)), auto('all 128')],
        loss=[alike(fit, gram) for gram in (0., .3) for fit in ('nll', 'mse', 'cosine')],
        added=[Variant(f'{t}, {w}, with a {a} teacher', dict(target=t), w, added=a)
               for a in ('noise', 'duplicate')
               for t, w in (('consensus', 'auto'), ('consensus', 'equal'), ('teachers', 'equal'))],
        patience=[Variant(f'{what}, {n} steps', one, w, teachers, student='bert', steps=n,
                          rates=(5e-3,))
                  for what, w, teachers in (('consensus', 'auto', ()),
                                            (f'only {BEST}', 'equal', (BEST,)))
                  for n in (240, 480)]
                 + [paper((2e-4, 5e-4), student='bert', steps=480)],
        size=[auto(f'{d} dimensions, {v:,} tokens', dim=d, vocab=v)
              for v, d in ((8_000, 128), (30_000, 64), (30_000, 128), (30_000, 256))],
        length=[auto(f'{n:,} steps', steps=n) for n in (375, 750, 1500, 3000)],
        relations=[auto(f'λ {g:g}, τ {t:g}', dict(gram=g, tau=t))
                   for g, t in ((0., 1.), (.1, 1.), (.3, 1.), (1., 1.), (.3, .5), (.3, 2.))],
        head=[auto(h, dict(head=h)) for h in ('linear', 'shallow', 'paper')])

def parse():
    p = argparse.ArgumentParser(description=__doc__,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--data', type=Path, required=True)
    p.add_argument('--out', type=Path, default=Path('runs/method'))
    p.add_argument('--questions', nargs='+', choices=list(questions()), default=list(questions()))
    p.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    p.add_argument('--texts', type=int, help='only so many texts of the corpus')
    p.add_argument('--limit', type=int, default=1000,
                   help='at most so many rows per task (default: 1000)')
    p.add_argument('--workers', type=int, default=1, help='runs at once, a thread each')
    p.add_argument('--table', action='store_true',
                   help='train nothing, write the table of the runs that are there')
    return p.parse_args()

class Noise:
    "A teacher that knows nothing: random directions, the same for the same text."
    name, about = 'noise', dict(kind='noise', dim=128)
    def encode(self, texts):
        from mt_distill.data import text_hashes
        rng = lambda h: np.random.default_rng(int(h))
        return np.stack([rng(h).standard_normal(128, dtype=np.float32)
                         for h in text_hashes(texts)])

class Again:
    "The vectors of a teacher, under another name."
    def __init__(self, teacher):
        self.teacher, self.name = teacher, f'{teacher.name}-again'
        self.about = dict(kind='again', model=teacher.name)
    def encode(self, texts): return self.teacher.encode(texts)

class Consensus:
    "What teachers of some weights agree on: vectors whose cosine is the mean of their cosines."
    def __init__(self, store, teachers, weights):
        self.parts = [(t, store.teachers[t.name].standardisation('scale')[0],
                       (weights[t.name]/store.teachers[t.name].spread())**.5)
                      for t in teachers if weights[t.name]]
        self.kept = {}
    def encode(self, texts, **_):
        new = [t for t in dict.fromkeys(texts) if t not in self.kept]
        if new: self.kept.update(zip(new, self.sides(new)))
        return np.stack([self.kept[t] for t in texts])
    def sides(self, texts):
        unit = lambda v: v/np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9)
        return np.concatenate([c*unit(np.asarray(t.encode(texts), dtype=np.float32)-mean)
                               for t, mean, c in self.parts], 1)

def of_teachers(o):
    "Scores of the teachers and of their consensus with three weights; seed -1."
    from mt_distill.evaluation import evaluate, local_tasks
    from mt_distill.store import EmbeddingStore
    from mt_distill.weights import settle
    kept = kept_of(o, 'teachers')
    if kept.exists(): return pd.read_csv(kept)
    teachers, tasks = real_teachers(o.data/'models'), local_tasks(o.data/'tasks', limit=o.limit)
    store = EmbeddingStore(o.out/'store').select(list(HAND))
    models = {t.name: t for t in teachers}
    for name, w in (('equal', 'equal'), ('label-free', 'auto'), ('by hand', HAND)):
        models[f'consensus, {name}'] = Consensus(store, teachers, settle(w, store).weights)
    parts = [evaluate(m, tasks, o.out/'results', name=k.replace(', ', '-').replace(' ', '-'))
             [['category', 'task', 'score']].assign(variant=k) for k, m in models.items()]
    made = pd.concat(parts).assign(question='teachers', student='none', rate=0., seed=-1)
    kept.parent.mkdir(parents=True, exist_ok=True)
    made.to_csv(kept, index=False)
    return made

def start_of(o, store, v, seed):
    "The folder of an untrained student, made once."
    from mt_distill.files import atomic_folder
    from mt_distill.student import build_bert, build_static
    vocab = 8_000 if v.student=='bert' else v.vocab
    path = o.out/'students'/f'{v.student}-{v.dim}-{vocab}-{seed}'
    if not path.exists():
        build = build_bert if v.student=='bert' else build_static
        made = build(store.corpus.texts, dim=v.dim, vocab_size=vocab, seed=seed)
        with atomic_folder(path) as folder: made.save(folder, normalize=True, overwrite=True)
    return path

def kept_of(o, name):
    "The file that keeps the scores of a run, or of the teachers."
    some = f'{o.texts or "all"}-texts-{o.limit or "all"}-rows'
    return o.out/'scores'/some/f'{name}.csv'

def name_of(v, rate, seed):
    "A folder's name that says all that a run depends on."
    said = [f'{k}-{x}' for k, x in sorted(v.recipe.items())]
    weights = 'hand' if isinstance(v.weights, dict) else str(v.weights)
    kept = '+'.join(k[:5] for k in v.teachers) or 'all'
    more = '-'.join(map(str, v.piece)) or 'no'
    return '_'.join([v.student, str(v.vocab), str(v.dim), *said, weights, kept, v.added or 'plain',
                     f'{more}-first-{v.cut}' if v.cut else more,
                     str(v.steps or STEPS[v.student]), f'{rate:g}', str(seed)])

def of_first(o, run, name, dims):
    "The folder of a run's student, of its first dimensions."
    from mt_distill.student import Student
    path = o.out/'students'/f'{name}-first-{dims}'
    Student.load(run.student).save(path, normalize=True, overwrite=True, dims=dims)
    return path

def staged(o, store, run, name, rate, seed):
    "The folder of a run's student after a second stage, guided by the consensus, and whitened."
    from mt_distill.student import Student
    from mt_distill.weights import settle
    student, texts = Student.load(run.student), store.corpus.texts
    guide = Consensus(store, real_teachers(o.data/'models'), settle('auto', store).weights)
    second_stage(student, guide, texts, rate, seed=seed)
    path = o.out/'students'/name
    student.mapped(student.whitening(texts[::24])).save(path, normalize=True, overwrite=True)
    return path

def run_one(o, v, rate, seed):
    "The scores of one run, a row a task; resumed if it was begun."
    import torch
    from mt_distill.evaluation import evaluate, local_tasks
    from mt_distill.files import BadInput
    from mt_distill.losses import recipe
    from mt_distill.store import EmbeddingStore
    from mt_distill import training
    torch.set_num_threads(1)
    name, n = name_of(v, rate, seed), v.steps or STEPS[v.student]
    kept, store = kept_of(o, name), EmbeddingStore(o.out/'store')
    extra = dict(noise=['noise'], duplicate=[f'{BEST}-again']).get(v.added, [])
    store = store.select([*(v.teachers or HAND), *extra])
    piece, amount = v.piece or ('', 0)
    if piece in KINDS: training.make_objective = with_piece(piece, amount)
    if piece=='ema': averaged(amount, n)
    batch = 512 if v.student=='static' else 256
    made = dict(head_lr=1e-3, batch_size=batch) | v.recipe | dict(lr=rate)
    try:
        run = training.train(store, str(start_of(o, store, v, seed)),
                             recipe(made.pop('name', 'default'), **made), o.out/'runs'/name,
                             steps=n, weights=v.weights, seed=seed, log_every=50, eval_every=n,
                             save_every=n)
        student = run.student
        if piece=='second': student = staged(o, store, run, name, amount, seed)
        if v.cut: student = of_first(o, run, name, v.cut)
        scores = evaluate(student, local_tasks(o.data/'tasks', limit=o.limit),
                          o.out/'results', name=name)[['category', 'task', 'score']]
    except BadInput as e: # a student that collapses is worse than any
        if 'same vector' not in str(e) and 'has collapsed' not in str(e): raise
        scores = of_teachers(o)[['category', 'task']].drop_duplicates().assign(score=0.)
    kept.parent.mkdir(parents=True, exist_ok=True)
    scores.to_csv(kept, index=False)
    return scores

def halves_of(tasks):
    "The tasks in two halves, every second one by name."
    tasks = sorted(tasks)
    return tasks[::2], tasks[1::2]

def chosen(tried):
    "rate -> the tasks to report it on: that which is best on the other half."
    tasks = max((s.task.unique() for s in tried.values()), key=len)
    halves = halves_of(tasks)
    best = [max(tried, key=lambda r: tried[r][tried[r].task.isin(h)].score.sum()) for h in halves]
    out = {}
    for rate, report in zip(best, halves[::-1]): out.setdefault(rate, []).extend(report)
    return out

def study(o):
    "All runs of the questions: first every rate with one seed, then the other seeds."
    rows, first = [of_teachers(o)], o.seeds[0]
    asked = [(q, v) for q, vs in questions().items() if q in o.questions for v in vs]
    rates = lambda v: v.rates or RATES[v.student]
    got = train_all(o, [(v, r, first) for _, v in asked for r in rates(v)])
    tried = [{r: got[name_of(v, r, first)] for r in rates(v) if name_of(v, r, first) in got}
             for _, v in asked]
    best = {i: chosen(some) for i, some in enumerate(tried) if some} # with --table not all
    got |= train_all(o, [(asked[i][1], r, s) for i, some in best.items() for r in some
                         for s in o.seeds[1:asked[i][1].seeds]])
    for i, some in best.items():
        q, v = asked[i]
        for s in o.seeds[:v.seeds]:
            parts = {r: got.get(name_of(v, r, s)) for r in some}
            if any(p is None for p in parts.values()): continue # only with --table
            rows += [parts[r][parts[r].task.isin(tasks)].assign(
                         question=q, variant=v.name, student=v.student, rate=r, seed=s)
                     for r, tasks in some.items()]
    table = pd.concat(rows)[['question', 'student', 'variant', 'seed', 'rate', 'category', 'task',
                             'score']]
    kept = o.out/'method.csv' # with what it says of other questions
    if kept.exists():
        before = pd.read_csv(kept)
        table = pd.concat([before[~before.question.isin(table.question)], table])
    table.round(3).to_csv(kept, index=False)
    mean = table.groupby(['question', 'student', 'variant', 'seed'], sort=False).score.mean()
    print(mean.groupby(level=[0, 1, 2], sort=False).agg(['mean', 'std', 'count']).round(2)
          .to_string())

def train_all(o, wanted):
    "The scores of (variant, rate, seed), by name, each trained once, some at once."
    wanted = {name_of(*w): w for w in wanted}
    there = {k: pd.read_csv(kept_of(o, k)) for k in wanted if kept_of(o, k).exists()}
    wanted = {k: w for k, w in sorted(wanted.items()) if k not in there and not o.table}
    # a process a run: what a trial changes in a module does not outlive it
    with ProcessPoolExecutor(o.workers, get_context('spawn'), max_tasks_per_child=1) as pool:
        jobs = {pool.submit(run_one, o, *w): k for k, w in wanted.items()}
        for i, job in enumerate(as_completed(jobs)):
            there[jobs[job]] = job.result()
            print(f'{i+1} of {len(jobs)}: {jobs[job]} {job.result().score.mean():.2f}', flush=True)
    return there

def main():
    o = parse()
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    embedded(o, lambda teachers: [Noise(), Again(teachers[0])])
    study(o)

if __name__=='__main__': main()
