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
    "Name, type, default and comment of each parameter of a function."
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
        yield ' : '.join(filter(None, (name, ', '.join(filter(None, (kind, default)))))), said.get(end, NONE)[1] if end<closing else ''

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
    public = next((ast.literal_eval(o.value) for o in tree.body if isinstance(o, ast.Assign) and getattr(o.targets[0], 'id', '')=='__all__'), [])
    for o in tree.body:
        if isinstance(o, ast.ClassDef) and o.name in public:
            for f in o.body:
                if not isinstance(f, ast.FunctionDef): continue
                if f.name=='__init__': yield f, o
                elif not f.name.startswith('_'): yield f, f
        elif isinstance(o, ast.FunctionDef) and not o.name.startswith('_') and (o.name in public or 'patch' in ''.join(map(ast.unparse, o.decorator_list))): yield o, o

def documented(source):
    "The source of a module, the comments of its signatures moved into its docstrings."
    tree, said, lines = ast.parse(source), comments(source), source.split('\n')
    edits = []
    for f, owner in targets(tree):
        doc, summary = owner.body[0], ast.get_docstring(owner)
        alone = isinstance(f.body[0], ast.Expr) and isinstance(f.body[0].value, ast.Constant) or f is not owner
        if not summary or not alone or doc.lineno!=doc.end_lineno or f.body[0].lineno==f.lineno: continue
        text = docstring(f, said, summary)
        if text: edits.append((doc.lineno, doc.col_offset, text, range(f.lineno, f.body[0].lineno)))
    for line, column, text, signature in sorted(edits, reverse=True):
        for i in signature:
            if i in said: lines[i-1] = lines[i-1][:said[i][0]].rstrip()
        quotes = 'r"""' if '\\' in text else '"""'
        space = ' '*column
        lines[line-1:line] = [space+quotes+text.split('\n')[0], *(space+l if l else '' for l in text.split('\n')[1:]), space+'"""']
    return '\n'.join(lines)

if __name__=='__main__':
    for file in sorted((ROOT/'mt_distill').glob('*.py')):
        if file.name.startswith('_'): continue
        file.write_text(documented(file.read_text(encoding='utf-8')), encoding='utf-8')
