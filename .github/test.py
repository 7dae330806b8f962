"Every check of the repository, the cheap ones first; ends with one line: N passed, N failed."
import os, shutil, subprocess, sys, tempfile, time, warnings, zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

os.environ |= dict(OMP_NUM_THREADS='1', TOKENIZERS_PARALLELISM='false', MPLBACKEND='agg',
                   HF_HUB_OFFLINE='1', HF_DATASETS_OFFLINE='1')
ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MADE = ('.venv', '.git', 'demo', 'runs', 'build', 'dist', '__pycache__') # not copied
WIDEST = 120 # characters of an exported line
HANGS = 1800 # seconds after which a notebook is taken to hang, on a machine however busy

def snapshot(folder):
    "The bytes of the notebooks, the package and the README below `folder`."
    files = [*folder.glob('nbs/*.ipynb'), *folder.glob('figures/*.ipynb'),
             *folder.glob('mt_distill/*.py'), folder/'README.md']
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}

def copied(folder):
    "A copy of the repository in `folder`, without what was installed or built."
    skip = lambda _, names: [n for n in names if n in MADE or n.endswith('.egg-info')]
    return Path(shutil.copytree(ROOT, folder/'copy', ignore=skip))

def in_step():
    "Names of files that cleaning, exporting or making the README would change, tried on a copy."
    steps = (['nbdev_clean'], ['nbdev_clean', '--fname', 'figures'],
             ['nbdev_export'], ['python', '.github/readme.py'])
    with tempfile.TemporaryDirectory() as d:
        copy = copied(Path(d))
        for f in copy.glob('mt_distill/*.py'):
            if f.name!='__init__.py': f.unlink()
        for program, *words in steps:
            subprocess.run([BIN/program, *words], cwd=copy, check=True,
                           env={**os.environ, 'PYTHONPATH': str(copy)})
        old, new = snapshot(ROOT), snapshot(copy)
        return sorted(k for k in {**old, **new} if old.get(k)!=new.get(k))

def not_packed():
    "Names of files of `mt_distill` that a wheel built from a copy lacks or changes."
    with tempfile.TemporaryDirectory() as d:
        copy = copied(Path(d))
        subprocess.run([sys.executable, 'setup.py', '-q', 'bdist_wheel'], cwd=copy, check=True,
                       capture_output=True)
        wheel, = (copy/'dist').glob('*.whl')
        with zipfile.ZipFile(wheel) as z: packed = {n: z.read(n) for n in z.namelist()}
    mine = [f for f in (ROOT/'mt_distill').rglob('*') if f.is_file() and f.suffix!='.pyc']
    return sorted(n for n, f in ((f.relative_to(ROOT).as_posix(), f) for f in mine)
                  if packed.get(n)!=f.read_bytes())

def too_wide():
    "FILE:LINE of exported lines over 120 characters; `__all__`, which nbdev writes, may be wider."
    found = []
    for f in sorted((ROOT/'mt_distill').glob('*.py')):
        if f.name=='_modidx.py': continue
        lines = f.read_text(encoding='utf-8').splitlines()
        ours = [i for i, l in enumerate(lines, 1) if len(l)>WIDEST]
        found += [f'{f.name}:{i}' for i in ours if i not in listed(lines)]
    return found

def listed(lines):
    "The numbers of the lines of `__all__`."
    first = next((i for i, l in enumerate(lines, 1) if l.startswith('__all__')), 0)
    if not first: return range(0)
    last = next(i for i, l in enumerate(lines[first-1:], first) if l.endswith(']'))
    return range(first, last+1)

def run(nb):
    "Run one notebook in a process of its own; (passed, seconds, what it printed)."
    start = time.perf_counter()
    try:
        p = subprocess.run([sys.executable, __file__, nb], capture_output=True, text=True,
                           timeout=HANGS)
    except subprocess.TimeoutExpired: return False, HANGS, f'stopped after {HANGS} s'
    return p.returncode==0, time.perf_counter()-start, p.stdout+p.stderr

def run_here(nb):
    "Run one notebook from top to bottom; exits with 1 when a cell fails."
    from nbdev.test import test_nb
    for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning):
        # what a library deprecates today in our modules is an error of tomorrow
        warnings.filterwarnings('error', category=kind, module=r'mt_distill(\.|$)|__main__$')
    os.chdir(nb.parent)
    sys.path.insert(0, str(ROOT))
    sys.exit(not test_nb(nb, skip_flags=['slow', 'gpu'], basepath=ROOT)[0])

def cheap_checks():
    "(passed, failed) of the checks that need no notebook to run; says what to do."
    checks = ((in_step, 'notebooks clean, package and README in step',
               'out of step, run `make export`'),
              (not_packed, 'a wheel brings every file of the package',
               'a wheel lacks or changes files, see `package_data` in setup.py'),
              (too_wide, f'no exported line is over {WIDEST} characters',
               f'lines over {WIDEST} characters'))
    failed = 0
    for check, good, bad in checks:
        wrong = check()
        print(f"{bad}: {', '.join(wrong)}" if wrong else good, flush=True)
        failed += bool(wrong)
    return len(checks)-failed, failed

def main():
    passed, failed = cheap_checks()
    nbs = [*sorted((ROOT/'nbs').glob('*.ipynb')), *sorted((ROOT/'figures').glob('[0-9]*.ipynb'))]
    with ThreadPoolExecutor(2) as pool:
        for nb, (good, seconds, printed) in zip(nbs, pool.map(run, nbs)):
            verdict = 'passed' if good else 'FAILED'
            print(f'{verdict} {nb.relative_to(ROOT)} ({seconds:.0f} s)', flush=True)
            if not good: print(printed, flush=True)
            passed, failed = passed+good, failed+(not good)
    print(f'{passed} passed, {failed} failed')
    sys.exit(bool(failed))

if __name__=='__main__': run_here(Path(sys.argv[1])) if len(sys.argv)>1 else main()
