"Distil many text-embedding teachers into one small student."
__version__ = "0.1.0"

# name: the module it lives in; loaded when first asked for, so that the import stays light
_home = dict(
    Corpus='hub', docstrings='data', EmbeddingStore='precomputed', embed='embedding', audit='audits',
    load_teacher='teachers', Student='student', train='training', Run='training', diagnose='runs',
    export='exports', open_heads='exports', competence='exports',
    evaluate='evaluation', task_probe='evaluation',
    load_results='analysis', compare='analysis', pareto='charts', rank_matrix='charts',
    learning_curves='charts', write_figures='gallery', demo='report', write_report='report')

__all__ = list(_home)

def __getattr__(name):
    if name not in _home: raise AttributeError(f"module 'mt_distill' has no attribute {name!r}")
    from importlib import import_module
    from mt_distill.helptext import document
    return document(getattr(import_module(f'mt_distill.{_home[name]}'), name))

def __dir__(): return sorted([*globals(), *_home])
