"""Remember what was derived from parts of the state that have not changed since."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Small values are told apart by what they are; all others, such as tables, by which they are.
_BY_VALUE = frozenset({int, bool, float, str, bytes, type(None)})


def remembered(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Cache the newest `size` results of a pure function by the identity of its arguments.

    For functions of tables that are never changed in place: a part of the state that is the same
    object is the same value. An argument that is kept cannot give its identity to another one.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        kept: OrderedDict[Hashable, tuple[object, R]] = OrderedDict()

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            values = (*args, *kwargs.values()) if kwargs else args
            key: Hashable = tuple([_identity(value) for value in values])
            if kwargs:
                key = (tuple(kwargs), key)
            if (found := kept.get(key)) is not None:
                kept.move_to_end(key)
                return found[1]
            result = function(*args, **kwargs)
            kept[key] = (values, result)
            if len(kept) > size:
                kept.popitem(last=False)
            return result

        return call

    return decorate


def _identity(value: object) -> Hashable:
    kind = value.__class__
    return (kind, value) if kind in _BY_VALUE else id(value)
