"""Whatever a page shows is escaped and printable, and what a template lacks is an error."""

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from harness.errors import MissingExtra
from harness.report import templating
from harness.report.templating import check_installed, fill, static


@pytest.fixture
def template(tmp_path, monkeypatch):
    """Fill a template of one line."""
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(templating, "_HERE", tmp_path)

    def filled(content, **values):
        (tmp_path / "templates" / "one.html").write_text(content, encoding="utf-8")
        return fill("one.html", **values)

    return filled


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        ("a\x1b[31mb\0", "a\\x1b[31mb\\x00"),
        ("\u202edesrever", "\\u202edesrever"),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
        (Markup("<b>ours</b>"), "<b>ours</b>"),
        (None, "None"),
        (0.5, "0.5"),
    ],
)
def test_what_is_shown_is_text_and_nothing_else(template, value, shown):
    assert template('<p title="{{ value }}">', value=value) == f'<p title="{shown}">'
    assert template("{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m(value) }}", value=value) == f"<i>{shown}</i>"


def test_what_a_template_is_not_given_is_an_error(template):
    with pytest.raises(UndefinedError):
        template("{{ missing }}")


def test_style_sheets_are_joined_in_order():
    base, search = static("base.css"), static("search.css")
    assert static("base.css", "search.css") == base + search != search + base
    assert static() == ""


def test_a_package_that_is_not_there_is_named_with_how_to_get_it():
    check_installed("numpy")
    with pytest.raises(
        MissingExtra, match=r"needs no_such_package_; install it: pip install 'codec-harness\[report\]'"
    ):
        check_installed("numpy", "no_such_package_")
