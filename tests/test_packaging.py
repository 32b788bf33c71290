"""The wheel holds every file of the app, and a bare site runs from it alone."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.install

ROOT = Path(__file__).resolve().parent.parent

# The least that a site can be: no settings module, no file of the project.
SITE = """
from wsgiref.simple_server import make_server
import django
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.urls import include, path

settings.configure(
    SECRET_KEY="x", ROOT_URLCONF=__name__, STATIC_URL="static/", USE_TZ=True,
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["hyperkitty", "haystack", "django.contrib.auth",
                    "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.staticfiles"],
    HAYSTACK_CONNECTIONS={"default": {
        "ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "site.db"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True, "OPTIONS": {"context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth"]}}],
)
django.setup()
urlpatterns = [path("archives/", include("hyperkitty.urls"))]
call_command("migrate", verbosity=0)
server = make_server("127.0.0.1", 0, StaticFilesHandler(WSGIHandler()))
print(server.server_port, flush=True)
server.serve_forever()
"""

# Run after the lines of the site that set Django up.
IMPORT_ALL = """
import importlib, pkgutil
import hyperkitty
for module in pkgutil.walk_packages(hyperkitty.__path__, "hyperkitty."):
    importlib.import_module(module.name)
    print(module.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build tools of the lock."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    _run([*command, "--outdir", folder, ROOT], cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that holds the wheel and what its metadata asks for."""
    folder = tmp_path_factory.mktemp("venv")
    _run([sys.executable, "-m", "venv", "--without-pip", folder], cwd=folder)
    python = folder / "bin" / "python"
    pins = folder / "pins.txt"
    locks = ("requirements.txt", "requirements-tantivy.txt")
    pins.write_text("\n".join(_pins((ROOT / lock).read_text()) for lock in locks))
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    _run(
        [*pip, "--disable-pip-version-check", "-c", pins, f"{wheel}[tantivy,whoosh]"],
        cwd=folder,
    )
    return python


@pytest.fixture
def site(python: Path, tmp_path: Path) -> Iterator[str]:
    """Serve the bare site from an empty folder; give its address."""
    (tmp_path / "bare_site.py").write_text(SITE)
    with subprocess.Popen(
        [python, "bare_site.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


def test_wheel_holds_every_file_of_the_app_and_nothing_else(wheel: Path) -> None:
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = _run([*git, "hyperkitty", "templates", "static"], cwd=ROOT)
    expected = {
        re.sub(r"^(templates|static)/", r"hyperkitty/\1/", name)
        for name in listing.splitlines()
        if (ROOT / name).exists()
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "hyperkitty/py.typed" in expected


def test_bare_site_runs_from_the_wheel(site: str) -> None:
    with urlopen(f"{site}/archives/") as page:
        html = page.read().decode()
    stylesheets = re.findall(r'<link rel="stylesheet" href="([^"]+\.css)"', html)
    assert stylesheets
    for path in stylesheets:
        with urlopen(f"{site}{path}") as response:
            assert response.headers.get_content_type() == "text/css"


def test_metadata_names_every_package_that_is_imported(
    python: Path, tmp_path: Path
) -> None:
    settings, _serving = SITE.split("call_command(", 1)
    with_admin = '"django.contrib.admin", "django.contrib.messages", "haystack",'
    settings = settings.replace('"haystack",', with_admin)
    (tmp_path / "import_all.py").write_text(settings + IMPORT_ALL)
    imported = _run([python, "import_all.py"], cwd=tmp_path).split()
    assert {"hyperkitty.urls", "hyperkitty.models", "hyperkitty.mail"} <= set(imported)


def _pins(lock: str) -> str:
    """Return *lock* as plain constraints: versions and markers without hashes."""
    return "\n".join(re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE))


def _run(command: list[str | Path], cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
