"""The kernel stays small enough to be read in one sitting."""

import ast
import io
import tokenize
from pathlib import Path

from iontophoresis import safety

MOST_LINES = 600
SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def code_lines(source: str) -> int:
    """Count lines that hold code: no blank line, no comment, no docstring."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT | {tokenize.ENDMARKER}:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def test_the_whole_kernel_is_at_most_600_lines_of_code():
    files = Path(safety.__file__).parent.glob("*.py")
    assert sum(code_lines(path.read_text(encoding="utf-8")) for path in files) <= MOST_LINES
