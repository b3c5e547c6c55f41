"""What a release needs: one version everywhere, a section in the changelog, pages per version."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

import qiskit_ssqw

ROOT = Path(__file__).parents[1]
VERSION = qiskit_ssqw.__version__


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """The files that a release is checked against, and the check with this as its root."""
    files = {
        "qiskit_ssqw/__init__.py": '__version__ = "1.2.0"\n',
        "CITATION.cff": "cff-version: 1.2.0\nversion: 1.2.0\n",
        "recipe/recipe.yaml": 'context:\n  version: "1.2.0"\n',
        "CHANGELOG.md": "## 1.2.0 (2026-12-01)\n\n- New.\n\n## 1.1.0 (2026-11-01)\n\n- Old.\n",
    }

    def check(tag, **changes):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(changes.get(Path(name).stem.strip("_"), text), encoding="utf-8")
        main = runpy.run_path(str(ROOT / ".ci" / "check_release.py"))["main"]
        monkeypatch.setitem(main.__globals__, "ROOT", tmp_path)
        main(tag)

    return check


def test_package_citation_and_changelog_are_one_version():
    cited = re.search(r"^version: (\S+)", (ROOT / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    listed = re.search(r"^## (\S+) \(", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert VERSION == cited[1] == listed[1]


def test_the_recipe_has_the_requirements_of_the_package():
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    recipe = (ROOT / "recipe" / "recipe.yaml").read_text("utf-8")
    _, run = re.search(
        r"^  run:\n    - (python .*)\n((?:    - .*\n)+)", recipe, re.MULTILINE
    ).groups()
    listed = {line.strip(" -").replace(" ", "") for line in run.splitlines()}
    assert listed == set(project["dependencies"])
    assert f'version: "{VERSION}"' in recipe


def test_the_page_installs_all_but_qiskit_finance():
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    page = (ROOT / "docs" / "how-to" / "move-from-qiskit-finance.md").read_text("utf-8")
    (line,) = re.findall(r"^pip install (joblib .*)", page, re.MULTILINE)
    needed = {re.match(r"[\w-]+", each)[0] for each in project["dependencies"]}
    listed = [re.match(r'"?([\w-]+)', each)[1] for each in line.split()]
    assert {*listed, "qiskit-finance"} == needed


def test_each_limitation_is_told_in_full():
    text = (ROOT / "LIMITATIONS.md").read_text("utf-8")
    words = ("Bites", "Why", "Way round", "Would lift it")
    entries = re.split(r"^### ", text, flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        told = re.findall(r"^- \*\*(.+?)\*\*", entry, re.MULTILINE)
        assert tuple(told) == words, entry.partition("\n")[0]


def test_the_citation_has_what_the_readme_cites():
    cited = (ROOT / "CITATION.cff").read_text("utf-8")
    links = (ROOT / "README.md").read_text("utf-8").partition("## Links")[2]
    papers = set(re.findall(r"https://arxiv\.org/abs/[\d.]+\d", links))
    assert papers == set(re.findall(r"https://arxiv\.org/abs/[\d.]+\d", cited))
    source = re.search(
        r'^Source = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert f"\nrepository-code: {source[1]}\n" in cited


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_only_what_is_committed_is_built(tmp_path):
    check_clean = runpy.run_path(str(ROOT / ".ci" / "check_build.py"))["check_clean"]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    check_clean(tmp_path)
    (tmp_path / "notes.md").touch()
    with pytest.raises(SystemExit, match=r"not as committed(.|\n)*\?\? notes.md"):
        check_clean(tmp_path)
    (tmp_path / ".gitignore").write_text("*\n")
    check_clean(tmp_path)


def test_notes_are_the_section_of_the_tag(repository, capsys):
    repository("v1.2.0")
    assert capsys.readouterr().out.strip() == "- New."


@pytest.mark.parametrize(
    ("tag", "changes", "message"),
    [
        (
            "v1.2.1",
            {},
            "tag v1.2.1, package 1.2.0, CITATION.cff 1.2.0 and recipe.yaml 1.2.0 are not",
        ),
        ("1.2.0", {}, "are not one version"),
        (
            "v1.2.0",
            {"CITATION": "version: 1.1.0\n"},
            "CITATION.cff 1.1.0 and recipe.yaml 1.2.0 are",
        ),
        ("v1.2.0", {"recipe": '  version: "1.1.0"\n'}, "recipe.yaml 1.1.0 are not one version"),
        ("v1.2.0", {"CHANGELOG": "## 1.2.0 (unreleased)\n\n- New.\n"}, "put the date"),
        ("v1.2.0", {"CHANGELOG": "## 1.1.0 (2026-11-01)\n\n- Old.\n"}, "CHANGELOG.md has nothing"),
    ],
)
def test_a_release_is_refused(repository, tag, changes, message):
    with pytest.raises(SystemExit, match=message):
        repository(tag, **changes)


def test_pages_of_a_version_stay(tmp_path):
    publish = runpy.run_path(str(ROOT / ".ci" / "publish_docs.py"))["publish"]
    site, built = tmp_path / "site", tmp_path / "built"
    site.mkdir()
    for ref, page in [("main", "old.html"), ("v0.1.0", "index.html"), ("main", "index.html")]:
        built.mkdir()
        (built / page).write_text(ref, encoding="utf-8")
        publish(built, site, ref)
        (built / page).unlink()
        built.rmdir()
    pages = {path.relative_to(site).as_posix(): path.read_text() for path in site.rglob("*.html")}
    assert pages == {"index.html": "main", "stable/0.1.0/index.html": "v0.1.0"}
