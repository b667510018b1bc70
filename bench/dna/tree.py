"""A file of Python as CPython's own `ast` sees it; run by this CPython, and by a newer one in newer.mjs. Needs the standard library alone."""

import ast
import inspect
import io
import tokenize
import warnings

PROPERTY = {"setter", "getter", "deleter"}


def last_name(text):
    return text.split("(")[0].strip().rsplit(".", 1)[-1].strip()


def is_property(decorators):
    names = [(last_name(text), text) for text in decorators]
    return any(name.endswith("property") or name in PROPERTY and "." in text for name, text in names)


class Tree:
    """A file as CPython sees it: a list of definitions, in order."""

    def __init__(self, data):
        tree = ast.parse(data, type_comments=False)
        # What ast's columns refer to: the decoded source, lines ended by newlines.
        if data.startswith(b"\xef\xbb\xbf"):
            text = data[3:].decode("utf-8")
        else:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.lines = [line.encode() for line in text.split("\n")]
        self.found = []
        self.doc = self.document(tree)
        self.walk(tree.body, "", False)

    def segment(self, node):
        if node is None:
            return None
        first, last = node.lineno - 1, node.end_lineno - 1
        if first == last:
            return self.lines[first][node.col_offset : node.end_col_offset].decode()
        parts = [self.lines[first][node.col_offset :], *self.lines[first + 1 : last], self.lines[last][: node.end_col_offset]]
        return b"\n".join(parts).decode()

    @staticmethod
    def document(node):
        doc = ast.get_docstring(node, clean=False)
        return None if doc is None else inspect.cleandoc(doc)

    def parameters(self, args):
        found = []

        def add(arg, kind, default=None):
            found.append((arg.arg, kind, self.segment(arg.annotation), self.segment(default)))

        usual = args.posonlyargs + args.args
        defaults = [None] * (len(usual) - len(args.defaults)) + args.defaults
        for number, (arg, default) in enumerate(zip(usual, defaults)):
            add(arg, "positional_only" if number < len(args.posonlyargs) else None, default)
        if args.vararg:
            add(args.vararg, "var_positional")
        for arg, default in zip(args.kwonlyargs, args.kw_defaults):
            add(arg, "keyword_only", default)
        if args.kwarg:
            add(args.kwarg, "var_keyword")
        return found

    def walk(self, body, prefix, in_class):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                decorators = [self.segment(one) for one in node.decorator_list]
                kind = "function"
                if in_class:
                    kind = "property" if is_property(decorators) else "method"
                self.found.append({
                    "name": prefix + node.name, "kind": kind, "line": node.lineno, "end_line": node.end_lineno,
                    "decorators": decorators, "async": isinstance(node, ast.AsyncFunctionDef),
                    "parameters": self.parameters(node.args), "returns": self.segment(node.returns),
                    "type_parameters": [self.segment(one) for one in getattr(node, "type_params", [])],
                    "doc": self.document(node),
                })
            elif isinstance(node, ast.ClassDef):
                bases = [(one.lineno, one.col_offset, self.segment(one)) for one in [*node.bases, *node.keywords]]
                self.found.append({
                    "name": prefix + node.name, "kind": "class", "line": node.lineno, "end_line": node.end_lineno,
                    "decorators": [self.segment(one) for one in node.decorator_list],
                    "bases": [text for *_, text in sorted(bases)],
                    "type_parameters": [self.segment(one) for one in getattr(node, "type_params", [])],
                    "doc": self.document(node),
                })
                self.walk(node.body, prefix + node.name + ".", True)
            else:
                for field in ("body", "handlers", "orelse", "finalbody", "cases"):
                    for part in getattr(node, field, None) or []:
                        if isinstance(part, (ast.ExceptHandler, ast.match_case)):
                            self.walk(part.body, prefix, in_class)
                        elif isinstance(part, ast.stmt):
                            self.walk([part], prefix, in_class)


def read(data):
    """A file's tree, without the warnings of its syntax."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Tree(data)
