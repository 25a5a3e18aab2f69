"""
Hooks of mkdocs: what the pages point to outside of `docs/` becomes a part of the site, so that no link leads nowhere.

A page links to `../examples/...`, which is right in the repository. In the site the files of `examples/` lie beside the
pages, and a link to a folder goes to its README.
"""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
FETCHED = re.compile(r"""<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=["']?(?:https?:)?//[^\s"'>]+""")
OUTSIDE = re.compile(r"\]\((?:\.\./)+(examples/[^)#]*)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the files of `examples/` to the site."""
    for path in sorted((ROOT / "examples").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: object, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Turn links that leave `docs/` into links inside of the site."""
    depth = getattr(page, "file").src_uri.count("/")  # noqa: B009
    return OUTSIDE.sub(lambda found: f"]({'../' * depth}{_target(found[1])}", markdown)


def on_post_page(output: str, page: object, config: MkDocsConfig) -> str:  # noqa: ARG001
    """Refuse a page that would fetch something from another host."""
    fetched = [found for found in FETCHED.findall(output) if 'rel="canonical"' not in found]
    if fetched:
        raise PluginError(f"{getattr(page, 'file').src_uri}: would be fetched from elsewhere: {fetched[0]}")  # noqa: B009
    return output


def _target(path: str) -> str:
    return f"{path.rstrip('/')}/README.md" if (ROOT / path).is_dir() else path
