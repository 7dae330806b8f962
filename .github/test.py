"Every check of the repository, the cheap ones first; ends with one line: N passed, N failed."
import os, shutil, subprocess, sys, tempfile, time, warnings
os.environ |= dict(OMP_NUM_THREADS='1', TOKENIZERS_PARALLELISM='false', HF_HUB_OFFLINE='1', HF_DATASETS_OFFLINE='1', MPLBACKEND='agg')
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

def snapshot(folder):
    "The bytes of the notebooks, the package and the README below `folder`."
    files = [*folder.glob('nbs/*.ipynb'), *folder.glob('figures/*.ipynb'), *folder.glob('mt_distill/*.py'), folder/'README.md']
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}

def in_step():
    "Names of files that cleaning, exporting or making the README would change, tried on a copy."
    with tempfile.TemporaryDirectory() as d:
        copy = Path(d)/'copy'
        shutil.copytree(ROOT, copy, ignore=lambda folder, names: [n for n in names if n in ('.venv', '.git', 'demo', 'runs', '__pycache__')])
        for f in copy.glob('mt_distill/*.py'):
            if f.name!='__init__.py': f.unlink()
        for command in (['nbdev_clean'], ['nbdev_clean', '--fname', 'figures'], ['nbdev_export'], ['python', '.github/readme.py']):
            subprocess.run([BIN/command[0], *command[1:]], cwd=copy, check=True, env={**os.environ, 'PYTHONPATH': str(copy)})
        old, new = snapshot(ROOT), snapshot(copy)
        return sorted(k for k in {**old, **new} if old.get(k)!=new.get(k))

def run(nb):
    "Run one notebook in a process of its own; (passed, seconds, what it printed)."
    start = time.perf_counter()
    try: p = subprocess.run([sys.executable, __file__, nb], capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired: return False, 600, 'stopped after 600 s'
    return p.returncode==0, time.perf_counter()-start, p.stdout+p.stderr

def run_here(nb):
    "Run one notebook from top to bottom; exits with 1 when a cell fails."
    from nbdev.test import test_nb
    for kind in (DeprecationWarning, PendingDeprecationWarning, FutureWarning): # ours today are errors tomorrow
        warnings.filterwarnings('error', category=kind, module=r'mt_distill(\.|$)|__main__$')
    os.chdir(nb.parent)
    sys.path.insert(0, str(ROOT))
    sys.exit(not test_nb(nb, skip_flags=['slow', 'gpu'], basepath=ROOT)[0])

def main():
    stale = in_step()
    print('notebooks clean, package and README in step' if not stale else f"out of step, run `make export`: {', '.join(stale)}", flush=True)
    nbs = [*sorted((ROOT/'nbs').glob('*.ipynb')), *sorted((ROOT/'figures').glob('[0-9]*.ipynb'))]
    passed, failed = (0, 1) if stale else (1, 0)
    with ThreadPoolExecutor(2) as pool:
        for nb, (good, seconds, printed) in zip(nbs, pool.map(run, nbs)):
            print(f"{'passed' if good else 'FAILED'} {nb.relative_to(ROOT)} ({seconds:.0f} s)", flush=True)
            if not good: print(printed, flush=True)
            passed, failed = passed+good, failed+(not good)
    print(f'{passed} passed, {failed} failed')
    sys.exit(bool(failed))

if __name__=='__main__': run_here(Path(sys.argv[1])) if len(sys.argv)>1 else main()
