"Write the comments of parameters into docstrings of the exported package, where `help` and editors read them."
import ast, io, textwrap, tokenize
from pathlib import Path

NONE = (0, '')
ROOT = Path(__file__).resolve().parent.parent

def comments(source):
    "Line number -> column and text of its comment."
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: (t.start[1], t.string.lstrip('# ')) for t in tokens if t.type==tokenize.COMMENT}

def parameters(f, said):
    "Each parameter of a function: its name, type and default; and its comment. `said`: as `comments` gives it."
    a, closing = f.args, f.body[0].lineno-1
    plain = [*a.posonlyargs, *a.args]
    defaults = [None]*(len(plain)-len(a.defaults)) + a.defaults + a.kw_defaults
    rows = [(o.arg, o, d) for o,d in zip([*plain, *a.kwonlyargs], defaults)]
    rows += [(stars+o.arg, o, None) for stars, o in (('*', a.vararg), ('**', a.kwarg)) if o]
    for name, o, default in rows:
        if name in ('self', 'cls'): continue
        end = (default or o).end_lineno
        kind = spelling(o.annotation) if o.annotation else ''
        default = default and f'default {ast.unparse(default)}'
        about = ', '.join(filter(None, (kind, default)))
        yield ' : '.join(filter(None, (name, about))), said.get(end, NONE)[1] if end<closing else ''

def spelling(annotation): return ast.unparse(annotation).replace(' | ', '|')

def section(title, rows):
    "A numpy-style section; rows are heads and what is said of them."
    lines = [title, '-'*len(title)]
    for head, text in rows:
        if head: lines.append(head)
        indent = ' '*4 if head else ''
        lines += textwrap.wrap(text, 90, initial_indent=indent, subsequent_indent=indent)
    return '\n'.join(lines)

def docstring(f, said, summary):
    "The docstring of a function with its parameters; None when there is nothing to say of them."
    rows, returned = [*parameters(f, said)], said.get(f.body[0].lineno-1, NONE)[1]
    parts = [summary]
    if any(text for _, text in rows): parts.append(section('Parameters', rows))
    if returned: parts.append(section('Returns', [(spelling(f.returns) if f.returns else '', returned)]))
    return '\n\n'.join(parts) if parts[1:] else None

def targets(tree):
    "The functions to document, each with the node whose docstring it is."
    named = [o for o in tree.body if isinstance(o, ast.Assign) and getattr(o.targets[0], 'id', '')=='__all__']
    public = ast.literal_eval(named[0].value) if named else []
    for o in tree.body:
        if isinstance(o, ast.ClassDef) and o.name in public:
            for f in o.body:
                if not isinstance(f, ast.FunctionDef): continue
                if f.name=='__init__': yield f, o
                elif not f.name.startswith('_'): yield f, f
        if not isinstance(o, ast.FunctionDef) or o.name.startswith('_'): continue
        patched = any(ast.unparse(d).split('(')[0]=='patch' for d in o.decorator_list)
        if patched or o.name in public: yield o, o

def documented(source):
    "The source of a module, the comments of its signatures moved into its docstrings."
    tree, said, lines = ast.parse(source), comments(source), source.split('\n')
    edits = []
    for f, owner in targets(tree):
        doc, summary = owner.body[0], ast.get_docstring(owner)
        if not summary or doc.lineno!=doc.end_lineno or f.body[0].lineno==f.lineno: continue
        text = docstring(f, said, summary)
        if text: edits.append((doc.lineno, doc.col_offset, text, range(f.lineno, f.body[0].lineno)))
    for line, column, text, signature in sorted(edits, reverse=True):
        for i in signature:
            if i in said: lines[i-1] = lines[i-1][:said[i][0]].rstrip()
        quotes = 'r"""' if '\\' in text else '"""'
        space = ' '*column
        first, *rest = text.split('\n')
        lines[line-1:line] = [space+quotes+first, *(space+l if l else '' for l in rest), space+'"""']
    return '\n'.join(lines)

EXAMPLE = """__all__ = ['f']
def f(
    a:int, # Rows
    b=2 # Columns
)->str: # A table
    "Draw."
    return 'x'
def _g(a # Kept
): "Private."
"""

def check():
    "Does it do what it is for?"
    made = {}
    exec(text := documented(EXAMPLE), made)
    found = made['f'].__doc__.split()
    wanted = 'Draw. Parameters ---------- a : int Rows b : default 2 Columns Returns ------- str A table'
    assert found==wanted.split(), found
    assert '# Rows' not in text and '# Kept' in text and documented(text)==text, text

if __name__=='__main__':
    check()
    for file in sorted((ROOT/'mt_distill').glob('*.py')):
        if file.name.startswith('_'): continue
        file.write_text(documented(file.read_text(encoding='utf-8')), encoding='utf-8')
