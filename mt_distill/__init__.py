"Distil many text-embedding teachers into one small student."
__version__ = "0.1.0"

import sys as _sys, types as _types

# name: the module it lives in; loaded when first asked for, so that the import stays light
_home = dict(
    Corpus='hub', docstrings='data', EmbeddingStore='precomputed', embed='embedding', audit='audit',
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

class _Package(_types.ModuleType):
    "The package: a name of `_home` is what a user calls, also where a module has the same name."
    def __setattr__(self, name, value):
        if name in _home and isinstance(value, _types.ModuleType): return
        super().__setattr__(name, value)

# `from mt_distill.audit import faults` finds the module all the same
_sys.modules[__name__].__class__ = _Package

def __dir__(): return sorted([*globals(), *_home])
