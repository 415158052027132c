"""Remember what was derived from parts of the state that have not changed since."""

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T", bound=Hashable)

# Small values are told apart by what they are; all others, such as tables, by which they are.
_BY_VALUE = frozenset({int, bool, float, str, bytes, type(None)})


def remembered(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache the newest `size` results of a pure function by the identity of its arguments.

    For functions of tables that are never changed in place: a part of the state that is the same
    object is the same value. An argument that is kept cannot give its identity to another one.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = list(signature(function).parameters.values())
        if len(parameters) == 1 and parameters[0].kind is Parameter.POSITIONAL_OR_KEYWORD:
            return cast(Callable[P, R], _of_one(cast(Callable[[Any], R], function), size))
        return _of_many(function, size)

    return decorate


def same(value: T) -> T:
    """Return the one object that stands for all that are equal, for results that come out equal
    most times: what was derived from such a one stays true."""
    return cast(T, _one_of_all(value))


@lru_cache(maxsize=1024)
def _one_of_all(value: Hashable) -> Hashable:
    return value


def _of_many(function: Callable[P, R], size: int) -> Callable[P, R]:
    kept: dict[Hashable, tuple[object, R]] = {}

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        values = (*args, *kwargs.values()) if kwargs else args
        key: Hashable = tuple([_identity(value) for value in values])
        if kwargs:
            key = (tuple(kwargs), key)
        if (found := kept.get(key)) is not None:
            return found[1]
        result = function(*args, **kwargs)
        _keep(kept, key, (values, result), size)
        return result

    return call


def _of_one(function: Callable[[Any], R], size: int) -> Callable[[Any], R]:
    """Do the same for a function of one table, which is called most."""
    kept: dict[Hashable, tuple[object, R]] = {}

    @wraps(function)
    def call(value: Any) -> R:
        key = _identity(value)
        if (found := kept.get(key)) is not None:
            return found[1]
        result = function(value)
        _keep(kept, key, (value, result), size)
        return result

    return call


def _keep(
    kept: dict[Hashable, tuple[object, R]], key: Hashable, entry: tuple[object, R], size: int
) -> None:
    kept[key] = entry
    if len(kept) > size:
        # The oldest goes, be it asked for often: it is worked out again then, once.
        del kept[next(iter(kept))]


def _identity(value: object) -> Hashable:
    kind = value.__class__
    return (kind, value) if kind in _BY_VALUE else id(value)
