"""Runs openapi-python-client with our templates. No other file of the project touches the generator's internals.

The generator parses the spec, names modules and classes, and writes the files. The templates see only facts that this
project read from the spec, because `render` puts them in the place of the generator's own objects. The generator
promises nothing about its internals, even between patch versions, so tests/tools/test_generator.py names each of them.
"""

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from openapi_python_client import Project
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.strings import ClassName, PythonIdentifier

INTERNALS = (
    "openapi_python_client.Project.build",
    "openapi_python_client.Project.env",
    "openapi_python_client.Project.openapi",
    "openapi_python_client.config.Config.from_sources",
    "openapi_python_client.config.ConfigFile.load_from_path",
    "openapi_python_client.config.MetaType.NONE",
    "openapi_python_client.parser.GeneratorData.from_dict",
    "openapi_python_client.parser.GeneratorData.endpoint_collections_by_tag",
    "openapi_python_client.parser.GeneratorData.enums",
    "openapi_python_client.parser.GeneratorData.errors",
    "openapi_python_client.parser.GeneratorData.models",
    "openapi_python_client.parser.errors.GeneratorError.detail",
    "openapi_python_client.parser.errors.GeneratorError.header",
    "openapi_python_client.strings.ClassName",
    "openapi_python_client.strings.PythonIdentifier",
)
"""Everything of the generator that this module uses."""
_PREFIX = "field_"
_Facts: Any = SimpleNamespace
"""Stands in for the generator's own objects."""


class GenerationError(Exception):
    """The spec has a part that cannot be generated, or the generator failed."""


def python_name(name: str) -> str:
    """The generator's name of a module or an attribute for a name of the spec."""
    return str(PythonIdentifier(name, prefix=_PREFIX))


def class_name(name: str) -> str:
    """The generator's name of a class for a name of the spec."""
    return str(ClassName(name, prefix=_PREFIX))


def render(
    document: Mapping[str, Any],
    *,
    settings: Path,
    templates: Path,
    output: Path,
    operations: Mapping[str, Any],
    models: Mapping[str, Any],
    facts: Mapping[str, Any],
    filters: Mapping[str, Any],
) -> None:
    """Write the package to `output`, which must not exist.

    Args:
        document: the spec as the generator shall parse it.
        settings: generator-config.yaml.
        templates: the directory of our templates.
        operations: the facts of each operation by the name of its module. The templates get them as `endpoint`.
        models: the facts of each model by the name of its class. The templates get them as `model`.
        facts: what all templates get as `FACTS`.
        filters: the filters of the templates.

    Raises GenerationError with what the generator reports.
    """
    config = Config.from_sources(ConfigFile.load_from_path(settings), MetaType.NONE, settings, "utf-8", False, output)
    data = GeneratorData.from_dict(dict(document), config=config)
    if isinstance(data, GeneratorError):
        raise GenerationError(_text(data))
    collections = data.endpoint_collections_by_tag
    problems = [*data.errors, *(error for one in collections.values() for error in one.parse_errors)]
    if problems:
        raise GenerationError("\n".join(map(_text, problems)))
    for collection in collections.values():
        collection.endpoints = [_Facts(**operations[endpoint.name]) for endpoint in collection.endpoints]
    data.models = [_Facts(**models[str(one.class_info.name)], class_info=one.class_info) for one in data.models]
    project = Project(openapi=data, config=config, custom_template_path=templates)
    project.env.globals.update(FACTS=facts, class_name=class_name, python_identifier=python_name)
    project.env.filters.update(filters)
    with contextlib.redirect_stdout(io.StringIO()):
        errors = project.build()
    if errors:
        raise GenerationError("\n".join(map(_text, errors)))


def _text(error: Any) -> str:
    """One line: what openapi-python-client says."""
    return f"openapi-python-client: {' '.join(f'{error.header} {error.detail or str()}'.split())}"
