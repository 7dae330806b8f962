"""README.md from nbs/index.ipynb without quarto: nbdev's processors drop what is hidden, nbconvert
writes Markdown."""
import os, re, sys
from pathlib import Path

import nbformat
from execnb.nbio import nb2str
from fastcore.script import call_parse, store_true
from nbconvert import MarkdownExporter
from nbdev.config import get_config
from nbdev.process import NBProcessor
from nbdev.processors import (clean_magics, hide_, hide_line, populate_language, rm_export,
                              strip_ansi)

def no_echo(cell):
    "Leave out the source of a cell marked `#| echo: false`."
    if cell.directives_.get('echo:')==['false']:
        cell.metadata['transient'] = dict(remove_source=True)

def drop_directives(cell):
    "Leave out the directive lines that are left."
    if cell.cell_type!='code': return
    cell.set_source([o for o in cell.source.splitlines(True) if not o.startswith('#|')])

def relink(md, root, frm):
    "Point the relative links of `md`, written in folder `frm`, at the same files seen from `root`."
    def link(m):
        if re.match(r'[a-z]+:|#|/', m[2]): return m[0]
        return f"{m[1]}({os.path.relpath(frm/m[2], root)})"
    return re.sub(r'(!?\[[^\]]*\])\(([^)\s]+)\)', link, md)

def readme_md(nb, root):
    "The Markdown of notebook `nb`, its links as seen from `root`."
    procs = [populate_language, strip_ansi, hide_line, rm_export, clean_magics, no_echo, hide_,
             drop_directives]
    doc = nbformat.reads(nb2str(NBProcessor(nb, procs=procs, process=True).nb), as_version=4)
    doc.metadata.language_info = dict(name='python')
    md, _ = MarkdownExporter().from_notebook_node(doc)
    return relink(re.sub(r'\n{3,}', '\n\n', md).strip()+'\n', root, nb.parent)

@call_parse
def main(check:store_true): # Only compare: exit 1 where README.md is out of date
    "Write README.md from nbs/index.ipynb."
    cfg = get_config()
    readme = cfg.config_path/'README.md'
    new = readme_md(cfg.nbs_path/cfg.readme_nb, cfg.config_path)
    if check:
        same = readme.exists() and readme.read_text()==new
        sys.exit(None if same else 'README.md is out of date: run `make export`.')
    readme.write_text(new)
