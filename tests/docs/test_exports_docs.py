"""docs/job-export-nightly.md: its steps run as they stand, and the second night changes nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.cli.conftest import Machine, reviews

GUIDE = (Path(__file__).parents[2] / "docs" / "job-export-nightly.md").read_text(encoding="utf-8")


def block(language: str, holds: str = "") -> str:
    """The only block of the guide in a language that holds a text."""
    found = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (one,) = (str(text) for text in found if holds in text)
    return one


def shell(machine: Machine, command: str) -> str:
    """What a shell prints that has no variables but those of the guide, as cron has."""
    script = ["/bin/sh", "-c", command]
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(machine.folder / "home"), "TRUSTOO_RATE": "0"}
    done = subprocess.run(script, cwd=machine.folder, env=bare, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_the_steps_of_the_nightly_export_run_as_they_stand(machine: Machine) -> None:
    program, file = machine.folder / ".venv" / "bin" / "trustoo", machine.folder / "shop.duckdb"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m trustoo.cli "$@"\n', encoding="utf-8")
    program.chmod(0o700)
    saving = block("sh", "trustoo.env <<")
    for name in ("TRUSTOO_PUBLIC_TOKEN", "TRUSTOO_PRIVATE_TOKEN"):
        saving = saving.replace(f"{name}='...'", f"{name}='{machine.environment[name]}'")
    base = f"TRUSTOO_BASE_URL={machine.environment['TRUSTOO_BASE_URL']}"
    shell(machine, saving.replace("\nEND", f"\n{base}\nEND"))
    assert (machine.folder / "trustoo.env").stat().st_mode & 0o777 == 0o600

    machine.service.pages("reviews.list", reviews(40))
    checking = block("sh", "doctor")
    shell(machine, checking)
    shell(machine, checking.splitlines()[0] + "\n" + block("sh", "--mode full"))
    with duckdb.connect(str(file)) as database:  # the first run was last week
        for name in ("_added_at", "_changed_at"):
            database.execute(f"UPDATE reviews SET {name} = {name} - INTERVAL 7 DAY")

    edited = [{**review, "content": "edited"} if review["id"] in ("7", "8") else review for review in reviews(43)]
    machine.service.pages("reviews.list", [review for review in edited if review["id"] != "20"])
    line = re.fullmatch(r"10 3 \* \* \* (cd /srv/shop .*)\n", block("bash"))
    assert line is not None
    nightly = line[1].replace("/srv/shop", str(machine.folder))
    assert shell(machine, nightly) == ""  # or cron would send mail
    log = machine.folder / "export.log"
    date, numbers = log.read_text(encoding="utf-8").splitlines(keepends=True)
    assert re.search(r"\d\d:\d\d:\d\d", date)
    assert numbers == block("text").replace("1,204", "42")
    assert log.stat().st_mode & 0o777 == 0o600
    before, at = file.read_bytes(), file.stat().st_mtime_ns
    shell(machine, nightly)
    assert log.read_text(encoding="utf-8").endswith("Nothing changed; 42 reviews in shop.duckdb.\n")
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (before, at)
    with duckdb.connect(str(file), read_only=True) as database:
        rows = database.execute(block("sql")).fetchall()
    (machine.folder / "changes.sql").write_text(block("sql"), encoding="utf-8")
    python = program.with_name("python")
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    python.chmod(0o700)
    assert "│ 20 " in shell(machine, block("sh", "import duckdb"))
    assert {(row[0], row[3]) for row in rows} == {
        *((name, "new") for name in ("40", "41", "42")),
        *((name, "changed") for name in ("7", "8")),
        ("20", "gone"),
    }


def test_cron_mails_why_a_night_failed(machine: Machine) -> None:
    end = block("bash").partition(".venv/bin/trustoo reviews")[2].partition("--mode full")[2]
    done = shell(machine, f"{{ date; echo EXAMPLE-reason; false{end}".strip())
    assert done.splitlines()[1:] == ["EXAMPLE-reason"]


def test_the_timer_runs_what_cron_runs() -> None:
    service = block("ini", "[Service]")
    command = re.search(r"^ExecStart=/srv/shop/(.*)$", service, re.MULTILINE)
    assert command is not None
    assert f"{{ date; {command[1]}; }}" in block("bash")
    for setting in ("EnvironmentFile=/srv/shop/trustoo.env", "WorkingDirectory=/srv/shop", "UMask=0077"):
        assert setting in service.splitlines()
