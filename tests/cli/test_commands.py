"""What holds for all commands: exit codes, errors, pipes, interrupts, and what happens without the extra."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from trustoo import ConnectError
from trustoo.cli import MISSING
from trustoo.cli.app import COMMANDS, app
from trustoo.cli.codes import MEANINGS, Exit
from trustoo.cli.connection import Connection
from trustoo.cli.exits import shown
from trustoo.cli.lazy import Group, LazyGroup
from trustoo.cli.output import Output, fitting
from trustoo.oauth import ANY, FileStore, Token
from trustoo.testing import Fault, without_waiting
from trustoo.transport import NamedTransport
from typer import BadParameter
from typer.main import get_command
from typer.testing import CliRunner

from tests.cli.conftest import Machine, reviews

CLI = Path(__file__).resolve().parents[2] / "overlays" / "trustoo" / "cli"


def test_the_entry_point_is_the_command() -> None:
    (entry,) = entry_points(group="console_scripts", name="trustoo")
    assert entry.value == "trustoo.cli:main"


def _parameters(command: Any, words: str = "trustoo") -> Iterator[tuple[str, Any, Any]]:
    """The words of each command below `command`, its context, and each of its arguments and options."""
    context = command.make_context(words, [], resilient_parsing=True)
    yield from ((words, context, parameter) for parameter in command.get_params(context))
    for name in command.list_commands(context) if isinstance(command, LazyGroup) else ():
        found, child, _ = command.resolve_command(context, [name])
        yield from _parameters(child, f"{words} {found}")


def test_each_argument_and_option_of_each_command_says_what_it_does() -> None:
    found = list(_parameters(get_command(app)))
    assert [f"{words} {of.opts[0]}" for words, _, of in found if not (of.help or getattr(of, "hidden", False))] == []


TOO_MUCH = {"port": 65536, "concurrency": 1000, "quality": 101, "wait": 100_000}
CHECKED_LATER = {"timeout", "window"}
"""The client checks these seconds."""


@pytest.mark.parametrize("number", ["-1", "too much"])
def test_no_option_takes_a_number_that_makes_no_sense(number: str) -> None:
    tried, taken = 0, []
    for words, context, option in _parameters(get_command(app)):
        value = TOO_MUCH.get(option.name) if number == "too much" else -1
        is_number = re.search("INT|FLOAT|Range", repr(option.type)) and option.name not in CHECKED_LATER
        if value is not None and is_number:
            tried += 1
            with suppress(BadParameter):
                option.type_cast_value(context, str(value) if option.nargs == 1 and not option.multiple else [value])
                taken.append(f"{words} {option.opts[0]} {value}")
    assert tried > 5
    assert taken == []


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("api", "NAME=VALUE..."),
        ("api", "--input FILE"),
        ("sign", "URL_OR_QUERY"),
        ("sign", "--body FILE"),
        ("sign", "--expect SIGNATURE"),
        ("media upload", "FILE..."),
        ("media upload", "--allow TYPE"),
        ("reviews delete", "ID..."),
        ("reviews rating", "PRODUCT..."),
        ("reviews create", "--media JSON"),
    ],
)
def test_the_help_shows_what_a_value_is(command: str, shown: str, machine: Machine) -> None:
    assert re.search(rf"(?<!\S){re.escape(shown)}(?!\S)", machine.run(*command.split(), "-h").out)


def test_named_values_stand_in_a_column_at_a_terminal() -> None:
    output, shown = Output(), io.StringIO()
    output._console = Console(file=shown, force_terminal=True, color_system=None, width=20)
    output.record({"id": 1, "longer": ["first", "second and never broken"]})
    assert shown.getvalue().splitlines() == ["id      1", "longer  first", "        second and never broken"]


def test_a_message_and_its_notes_are_sentences_for_the_command_line() -> None:
    error = ConnectError("GET api.example/: refused", maybe_sent=False)
    error.add_note("Nothing was sent. Check the network, the proxy and base_url.")
    assert shown(error) == ("GET api.example/: refused. Nothing was sent. Check the network, the proxy and --base-url.")


def test_help_names_every_exit_code_and_command(machine: Machine) -> None:
    done = machine.run_apart("--help")
    text = " ".join(done.out.split())
    assert done.code == 0
    for variable in ("TRUSTOO_PUBLIC_TOKEN", "TRUSTOO_PRIVATE_TOKEN", "TRUSTOO_ACCESS_TOKEN"):
        assert variable in text.partition("Options:")[0]
    for code, meaning in MEANINGS.items():
        assert f"{code.value} {meaning}" in text
    for name in (name for name in COMMANDS if name != "customer-events"):  # another name for events
        assert re.search(rf"\n  {name} ", done.out)
    assert not re.search("[─│╭]|\x1b", done.out), "in a pipe there are no boxes and no colours"
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize("group", ["", *(name for name, entry in COMMANDS.items() if isinstance(entry, Group))])
def test_what_a_command_does_is_said_in_a_sentence_that_fits_the_list(group: str, machine: Machine) -> None:
    about, _, commands = machine.run(*group.split(), "--help").out.partition("Commands:")
    assert commands
    assert "..." not in commands
    assert " customer-events " not in commands, "another name for events"
    assert not group or " ".join(COMMANDS[group].help.split()) in " ".join(about.split())
    without_words = machine.run(*group.split())
    assert (without_words.code, "Commands:" in without_words.out + without_words.err) == (2, True)


def test_no_arguments_show_the_help_and_wrong_ones_are_code_2(machine: Machine) -> None:
    nothing = machine.run_apart()
    assert "Commands:" in nothing.out + nothing.err
    for arguments in (["nonsense"], ["reviews", "list", "--limit", "x"], ["reviews", "list", "--nonsense"]):
        assert machine.run_apart(*arguments).code == 2


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["reviews", "export", "out.csv"], {"TRUSTOO_RATE": "fast"}, "'fast' is not a number."),
        (["--timeout", "", "doctor"], {}, "Invalid value for '--timeout': '' is not a number."),
        (["reviews", "list", "--limit", "2.5"], {}, "Invalid value for '--limit': '2.5' is not a whole number."),
        (["reviews", "export", "out.csv", "--mode", "ful"], {}, "'--mode': 'ful' is not one of 'new', 'full'."),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_without_the_words_of_the_option_library(
    machine: Machine, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    done = machine.run(*arguments, **environment, COLUMNS="200")
    assert (done.code, machine.service.received) == (2, [])
    assert said in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["webhooks", "create", "--topic", "review/created", "--url", "me.example"], "--url is not an address"),
        (["customers", "exclude", "zoe"], "EMAIL is not an e-mail address"),
        (["reviews", "create", "--rating", "5", "--author", "Zoë", "--reply", "Thanks"], "--reply is not JSON"),
    ],
)
def test_an_argument_that_the_api_refuses_has_the_name_that_was_typed(
    machine: Machine, arguments: list[str], said: str
) -> None:
    done = machine.run(*arguments, "--yes")
    assert (done.code, machine.service.received) == (2, [])
    assert done.err.startswith(f"Error: {said}")


def test_the_version_is_shown(machine: Machine) -> None:
    assert re.fullmatch(r"trustoo \S+, OpenAPI spec \S+\n", machine.run_apart("--version").out)


@pytest.mark.parametrize("package", ["typer", "rich", "filelock"])
def test_without_the_extra_one_sentence_says_how_to_get_it(package: str) -> None:
    program = f"import sys; sys.modules[{package!r}] = None; from trustoo.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{MISSING}\n")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.reset(), Exit.UNREACHABLE),
        (Fault.refused(), Exit.UNREACHABLE),
        (Fault.html(403), Exit.FAILED),
        (Fault.code(16), Exit.REFUSED),
    ],
)
def test_a_token_that_cannot_be_refreshed_has_an_exit_code(machine: Machine, fault: Fault, code: Exit) -> None:
    service = machine.service.add_platform()
    store = FileStore(machine.folder / "tokens")
    store.save("kettles", Token("EXAMPLE-a", "EXAMPLE-r", expires_at=1.0).to_json(), replaces=ANY)
    identity = {"TRUSTOO_CLIENT_ID": service.client_id, "TRUSTOO_CLIENT_SECRET": service.client_secret}
    machine.service.fail(fault, operation="oauth.token", times=9)
    with without_waiting():
        ran = machine.run("--shop", "kettles", "--store", machine.folder / "tokens", "webhooks", "list", **identity)
    assert (ran.code, ran.out) == (code, "")
    assert "EXAMPLE" not in ran.err


@pytest.mark.parametrize(
    ("fault", "operation", "code"),
    [
        (Fault.code(16), "webhooks.list", Exit.REFUSED),
        (Fault.code(5), "webhooks.list", Exit.FAILED),
        (Fault.garbage(), "webhooks.list", Exit.FAILED),
        (Fault.status(403), "webhooks.list", Exit.FAILED),
        (Fault.reset(), "webhooks.list", Exit.UNREACHABLE),
        (Fault.reset(), "webhooks.create", Exit.UNKNOWN),
        (Fault.code(13), "webhooks.create", Exit.UNKNOWN),
        (Fault.html(504), "webhooks.create", Exit.UNKNOWN),
        (Fault.code(3), "webhooks.create", Exit.FAILED),
    ],
)
def test_an_error_is_a_sentence_and_a_code(machine: Machine, fault: Fault, operation: str, code: Exit) -> None:
    machine.service.fail(fault, operation=operation, times=100)
    arguments = ["webhooks", operation.partition(".")[2]]
    if operation == "webhooks.create":
        arguments += ["--topic", "review/created", "--url", "https://e.example", "--yes"]
    with without_waiting():
        plain, as_json = machine.run(*arguments), machine.run(*arguments, "--json")
    assert (plain.code, as_json.code, plain.out, as_json.out) == (code, code, "", "")
    assert re.fullmatch(r"Error: .+\n", plain.err)
    noted = json.loads(as_json.err)
    assert (noted["exit_code"], "kind" in noted) == (code, True)
    if fault.response_code is not None:
        assert (noted["code"], noted["operation"], len(noted["request_id"])) == (fault.response_code, operation, 32)


def test_missing_credentials_are_code_2_and_name_the_variable(machine: Machine) -> None:
    done = machine.run("reviews", "list", TRUSTOO_PUBLIC_TOKEN=None, TRUSTOO_PRIVATE_TOKEN=None)
    assert (done.code, "TRUSTOO_PRIVATE_TOKEN" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["webhooks", "list"], {"TRUSTOO_PRIVATE_TOKEN": None}, "Set TRUSTOO_PRIVATE_TOKEN."),
        (["platform", "cancel", "--unverified", "--yes"], {}, "Set TRUSTOO_ACCESS_TOKEN."),
        (["tokens", "public"], {"TRUSTOO_MERCHANT_SESSION": "EXAMPLE-old"}, "Set TRUSTOO_MERCHANT_SESSION anew."),
    ],
)
def test_an_error_tells_what_to_do_at_the_command_line(
    machine: Machine, arguments: list[str], environment: dict[str, str | None], said: str
) -> None:
    done = machine.run(*arguments, **environment)
    assert said in done.err
    assert not re.search(r"[Pp]ass |with_options", done.err)


def test_options_before_the_command_take_the_place_of_the_environment(machine: Machine) -> None:
    address = machine.environment.pop("TRUSTOO_BASE_URL")
    public = machine.environment.pop("TRUSTOO_PUBLIC_TOKEN")
    done = machine.run("--base-url", address, "--public-token", public, "--timeout", 5, "webhooks", "list", "--json")
    assert (done.code, done.lines[0]["id"]) == (0, "19")


def test_verbose_says_what_is_sent_and_no_secret(machine: Machine) -> None:
    done = machine.run("--verbose", "reviews", "list", "--keyword", "needle")
    assert "reviews.list: GET /api/v1/openapi/get_reviews, attempt 1" in done.err
    assert "EXAMPLE-private-token" not in done.err
    assert "needle" not in done.err
    assert machine.run("reviews", "list").err == ""


@pytest.mark.skipif(
    sys.platform == "win32",
    reason="Windows reports a closed pipe as another error, and has no SIGPIPE whose exit code is 141",
)
def test_a_reader_that_stops_reading_ends_the_command_without_a_word(machine: Machine) -> None:
    machine.service.pages("reviews.list", reviews(2000))
    process = machine.start("reviews", "list", "--all", "--json", "--page-size", 100)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    errors = process.communicate(timeout=60)[1]
    assert (process.returncode, errors) == (141, b"")
    assert machine.service.processed["reviews.list"] < 20, "it went on although nobody read"


@pytest.mark.exclusive
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to all processes of a console, not to one")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_command_with_a_word(machine: Machine, ending: signal.Signals) -> None:
    process = machine.start("webhooks", "listen", "--port", "0")
    assert process.stderr is not None
    while b"Ctrl-C" not in process.stderr.readline():
        pass
    process.send_signal(ending)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"Interrupted.\n")


def test_an_interrupt_before_the_command_begins_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trustoo.cli.app.run", interrupted)
    (script,) = entry_points(group="console_scripts", name="trustoo")
    with pytest.raises(SystemExit) as caught:
        script.load()()
    assert (caught.value.code, capsys.readouterr().err) == (130, "Interrupted.\n")


def test_an_interrupted_write_says_that_it_may_have_been_carried_out(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(NamedTransport, "send", interrupted)
    done = machine.run("webhooks", "create", "--topic", "review/created", "--url", "https://e.example", "--yes")
    said = "Interrupted. webhooks.create was being sent. It may have been carried out.\n"
    assert (done.code, done.err) == (130, said)


def test_piped_output_is_utf_8_whatever_the_locale(machine: Machine) -> None:
    for form in ([], ["--json"]):
        done = machine.run_apart("reviews", "list", *form, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert "Zoë Example" in done.out


def test_the_command_starts_without_what_it_does_not_use() -> None:
    """The fake service and the client's HTTP library are slow to import."""
    program = (
        "import sys; import trustoo.cli.app; print([n for n in ('trustoo.testing', 'uvicorn') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"


def test_no_module_lists_the_apis_members() -> None:
    """Columns, filters and limits come from the generated package: of the names of a review's members only those that
    the code reads as attributes may stand in it, none as text."""
    from trustoo_api.decoding import members
    from trustoo_api.models import CreateReviewRequest, Review

    names = {wire for model in (Review, CreateReviewRequest) for _, wire in members(model)}
    allowed = {"id", "media", "created_at", "rating"}
    of_products = {CLI / "products.py", CLI / "ratings.py"}  # products have titles, ids and handles too
    for file in {*CLI.glob("*.py")} - of_products:
        found = set(re.findall(r"""["'](\w+)["']""", file.read_text(encoding="utf-8"))) & names
        assert found <= allowed, (file.name, found - allowed)


@pytest.mark.parametrize(
    ("wanted", "room", "widths"),
    [
        ([4, 6, 10], 80, [4, 6, 10]),
        ([4, 100], 80, [4, 74]),
        ([4, 100, 50], 80, [4, 36, 36]),
        ([4, 100, 20], 80, [4, 52, 20]),
        ([40] * 8, 80, [18, 18, 19, 19]),
        ([100], 20, [20]),
    ],
)
def test_columns_share_the_room_and_the_widest_give_way(wanted: list[int], room: int, widths: list[int]) -> None:
    found = fitting(wanted, room)
    assert sum(found) + 2 * (len(found) - 1) <= room
    assert sorted(found) == sorted(widths)


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("https://rapi.trustoo.io", False),
        ("https://localhost.example", False),
        ("http://192.0.2.1", False),
    ],
)
def test_only_a_service_on_this_machine_may_name_a_storage_without_https(address: str, is_here: bool) -> None:
    assert ("storage_rules" in Connection(base_url=address).settings) == is_here


def test_a_warning_is_a_sentence_without_lines_of_code(machine: Machine) -> None:
    ran = machine.run_apart("reviews", "list", http_proxy="http://127.0.0.1:9", no_proxy="127.0.0.1,10.0.0.0/8")
    assert (ran.code, ran.err) == (
        0,
        "Warning: no_proxy has entries that are not host names or IP addresses: number 2. They are left out.\n",
    )


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("trustoo cust", {"customers"}),
        ("trustoo customers f", {"forget"}),
        ("trustoo reviews list --so", {"--source", "--sort-by"}),
        ("trustoo platform dis", {"disconnect"}),
    ],
)
def test_the_shell_completes_commands_that_are_not_imported(typed: str, completed: set[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1), "_TRUSTOO_COMPLETE": "complete_bash"}
    assert set(CliRunner().invoke(app, [], prog_name="trustoo", env=words).output.split()) == completed
