"""Compares two versions of the public Python API.

griffe reads both versions without importing them. It finds names and arguments that were removed, became required,
moved, or changed their default. This module compares what griffe does not: types, additions, the settings of
`**settings: Unpack[Settings]`, the methods of `list = Method(reviews_list.build, reviews_list.DECODER)`, and the base
classes of a class, because `except` clauses depend on them.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import griffe

from .annotations import accepts_less, gives_more
from .changes import Change, Comparison, UnusableError
from .tree import PACKAGES

EXPORTS = (
    *("trustoo", "trustoo.oauth", "trustoo.transport", "trustoo.upload", "trustoo.webhooks", "trustoo.testing"),
    "trustoo.otel",
    *("trustoo_api", "trustoo_api.models", "trustoo_api.types"),
)
"""Modules whose `__all__` is public."""
RESOURCES = "trustoo_api.api"
"""`shop.reviews` and the others are instances of classes in it and below it."""

METHOD, PAGINATED_METHOD = "trustoo_api.resources.Method", "trustoo_api.resources.PaginatedMethod"
"""Descriptors of methods: `list = Method(reviews_list.build, reviews_list.DECODER)` has the arguments of `build`."""

Object = griffe.Object | griffe.Alias


def compare(old: Path, new: Path, ref: str) -> Comparison:
    """The changes from the packages below `old`, the files of `ref`, to those below `new`."""
    before, after = Surface.load(old, f"{ref}:"), Surface.load(new, "")
    return Comparison.of("Python API", _changes(before, after))


@dataclass(frozen=True)
class Argument:
    """A parameter as callers see it."""

    annotation: str | None
    required: bool


@dataclass(frozen=True)
class Surface:
    """The public names of one version."""

    root: Path
    prefix: str
    """The prefix of file names, which tells where the files come from."""
    modules: griffe.ModulesCollection
    exported: Mapping[str, Object]
    """By public path, such as "trustoo.Trustoo"."""

    @classmethod
    def load(cls, root: Path, prefix: str) -> "Surface":
        """Reads the sources below `root` without importing or running them."""
        folders = [root / name for name in PACKAGES]
        loader = griffe.GriffeLoader(search_paths=folders, allow_inspection=False)
        try:
            for package in ("trustoo", "trustoo_api"):
                loader.load(package, try_relative_path=False)
            loader.resolve_aliases(implicit=False, external=False)
            exported = dict(_exported(loader.modules_collection))
        except (ImportError, KeyError, SyntaxError, griffe.GriffeError) as problem:
            whose = prefix.removesuffix(":") or "the working tree"
            raise UnusableError(f"The packages of {whose} cannot be read: {problem}") from problem
        return cls(root, prefix, loader.modules_collection, exported)

    def members(self, path: str, thing: Object) -> Iterator[tuple[str, Object]]:
        """`thing` and, of a class, its public members, each with its public path."""
        target = _target(thing)
        yield path, target
        if isinstance(target, griffe.Class):
            for name, member in target.all_members.items():
                if member.is_public and not _is_external(member):
                    yield from self.members(f"{path}.{name}", self._method(target, _target(member)))

    def _method(self, owner: griffe.Class, member: griffe.Object) -> griffe.Object:
        """The method that a descriptor declares; other members as they are."""
        call = member.value if isinstance(member, griffe.Attribute) else None
        if not isinstance(call, griffe.ExprCall) or call.canonical_path not in (METHOD, PAGINATED_METHOD):
            return member
        source, *decoder = (_target(self.modules[_path(argument)]) for argument in call.arguments)
        assert isinstance(source, griffe.Function)
        kinds = _ancestors(owner)
        if decoder:  # DECODER = ResponseDecoder[Review](...)
            result = str(getattr(getattr(decoder[0], "value", None), "function", None)).partition("[")[2][:-1]
            returns = f"Response[{result}]" if kinds & {"RawResource", "AsyncRawResource"} else result
        else:  # def iterate(...) -> PaginationRequest[Review]
            returns = str(source.returns).replace("PaginationRequest", "Paginator", 1)
            returns = f"Async{returns}" if "AsyncResource" in kinds else returns
        this = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
        parameters = griffe.Parameters(this, *source.parameters)
        return griffe.Function(
            member.name, parameters=parameters, returns=returns, lineno=source.lineno, parent=source.module
        )

    def place(self, thing: Object) -> str:
        """ "overlays/trustoo/client.py:12"."""
        file = Path(str(_target(thing).filepath)).resolve()
        return f"{self.prefix}{file.relative_to(self.root.resolve()).as_posix()}:{_target(thing).lineno or 0}"

    def arguments(self, function: griffe.Function) -> dict[str, Argument]:
        """The arguments by name. The members of an unpacked TypedDict are separate optional arguments."""
        found = {}
        for parameter in function.parameters:
            settings = self._unpacked(parameter.annotation)
            if settings is None:
                found[parameter.name] = Argument(_text(parameter.annotation), parameter.required)
            else:
                found |= {name: Argument(_text(about.annotation), False) for name, about in settings.items()}
        return found

    def _unpacked(self, annotation: str | griffe.Expr | None) -> Mapping[str, griffe.Attribute] | None:
        if not isinstance(annotation, griffe.ExprSubscript) or str(annotation.left) != "Unpack":
            return None
        try:
            target = _target(self.modules[str(getattr(annotation.slice, "canonical_path", annotation.slice))])
        except (KeyError, griffe.AliasResolutionError):
            return None  # not ours: then only its name is compared
        return {name: about for name, about in target.all_members.items() if isinstance(about, griffe.Attribute)}


def _exported(modules: griffe.ModulesCollection) -> Iterator[tuple[str, Object]]:
    for path in EXPORTS:
        try:
            module = modules[path]
        except KeyError:
            continue  # the module is new, or it was removed with all its names
        for name in sorted(map(str, module.exports or ())):
            with suppress(KeyError, griffe.AliasResolutionError):  # a name that nobody can import
                yield f"{path}.{name}", _target(module[name])
    for package in (modules[RESOURCES], *modules[RESOURCES].modules.values()):
        for name, thing in package.classes.items():
            if not thing.is_alias and not name.startswith("_"):
                yield f"{package.path}.{name}", thing


def _changes(old: Surface, new: Surface) -> Iterator[Change]:
    before = {path: found for name, thing in old.exported.items() for path, found in old.members(name, thing)}
    after = {path: found for name, thing in new.exported.items() for path, found in new.members(name, thing)}
    gone, added = before.keys() - after.keys(), after.keys() - before.keys()
    for path, found in before.items():
        if path in after:
            for grade, what in _compared(found, after[path], old, new):
                yield Change(grade, new.place(after[path]), f"{path}: {what}.")
        elif path.rpartition(".")[0] not in gone:  # otherwise its class was removed, and that is reported
            yield Change("breaking", old.place(found), f"{path}: gone.")
    for path in added:
        if path.rpartition(".")[0] not in added:
            yield Change("additive", new.place(after[path]), f"{path}: new.")


def _compared(before: Object, after: Object, old: Surface, new: Surface) -> Iterator[tuple[str, str]]:
    """Grade and sentence of each change of one name."""
    if before.kind is not after.kind:
        yield "breaking", f"was a {before.kind.value}, is a {after.kind.value}"
    elif isinstance(before, griffe.Function) and isinstance(after, griffe.Function):
        yield from _arguments(before, after, old, new)
        yield from _result("returns", _text(before.returns), _text(after.returns))
    elif isinstance(before, griffe.Attribute) and isinstance(after, griffe.Attribute):
        yield from _result("is", _text(before.annotation), _text(after.annotation))
    elif isinstance(before, griffe.Class) and isinstance(after, griffe.Class):
        ours = {_target(thing).name for thing in old.exported.values()}
        for name in sorted(ours & (_ancestors(before) - _ancestors(after))):
            yield "breaking", f"no longer a {name}, so code that expects or catches one passes it by"


def _arguments(
    before: griffe.Function, after: griffe.Function, old: Surface, new: Surface
) -> Iterator[tuple[str, str]]:
    had, has = old.arguments(before), new.arguments(after)
    yield from _griffe_finds(before, after, had)
    takes_any = any(about.kind is griffe.ParameterKind.var_keyword and about.name in has for about in after.parameters)
    for name in had.keys() - has.keys():
        if not takes_any:
            yield "breaking", f"argument `{name}` is gone"
    for name, argument in has.items():
        if name not in had:
            if not argument.required:
                yield "additive", f"new optional argument `{name}`"
            continue
        was, is_ = had[name].annotation, argument.annotation
        if was and is_ and was != is_:
            yield (
                "breaking" if accepts_less(was, is_) else "additive" if accepts_less(is_, was) else "none",
                f"argument `{name}` took {was}, takes {is_}",
            )


def _griffe_finds(
    before: griffe.Function, after: griffe.Function, had: Mapping[str, Argument]
) -> Iterator[tuple[str, str]]:
    holders = []
    for function in (before, after):  # griffe compares what two objects hold, so each function goes into a module
        holder = griffe.Module("public")
        holder.members["it"] = griffe.Alias("it", function, parent=holder)
        holders.append(holder)
    kinds = griffe.BreakageKind
    for found in griffe.find_breaking_changes(*holders):
        was, is_ = found.old_value, found.new_value
        match found.kind:
            case kinds.PARAMETER_MOVED:
                said = f"argument `{was.name}` is at another position"
            case kinds.PARAMETER_REMOVED:
                if was.name not in had:
                    continue  # `**settings` stood for others, and those are compared
                said = f"argument `{was.name}` is gone"
            case kinds.PARAMETER_CHANGED_KIND:
                said = f"argument `{was.name}` was {was.kind.value}, is {is_.kind.value}"
            case kinds.PARAMETER_CHANGED_DEFAULT:
                said = f"default of `{was.name}` was {was.default}, is {is_.default}"
            case kinds.PARAMETER_CHANGED_REQUIRED:
                said = f"argument `{was.name}` became required"
            case kinds.PARAMETER_ADDED_REQUIRED:
                said = f"new required argument `{is_.name}`"
            case _:
                said = str(found)
        yield "breaking", said


def _result(verb: str, was: str | None, is_: str | None) -> Iterator[tuple[str, str]]:
    if was and is_ and was != is_:
        grade = "breaking" if gives_more(was, is_) else "additive" if gives_more(is_, was) else "none"
        yield grade, f"{verb} {is_}, was {was}"


def _target(thing: Object) -> griffe.Object:
    return thing.final_target if isinstance(thing, griffe.Alias) else thing


def _is_external(member: Object) -> bool:
    """Whether it is inherited from a package that is not read here."""
    try:
        return _target(member).package.name not in ("trustoo", "trustoo_api")
    except griffe.AliasResolutionError:
        return True


def _ancestors(thing: griffe.Class) -> set[str]:
    return {ancestor.name for ancestor in thing.mro()}


def _path(name: str | griffe.Expr) -> str:
    return name if isinstance(name, str) else name.canonical_path


def _text(annotation: str | griffe.Expr | None) -> str | None:
    return None if annotation is None else str(annotation)
