"""Frozen values: what a dataclass would do, without writing code when defined."""

import dataclasses

import pytest

from notifier.values import fields, replace, value


@value
class Point:
    """A place."""

    x: int
    y: int = 0


@value
class Other:
    """Looks alike, is another thing."""

    x: int
    y: int = 0


def test_values_are_made_by_place_and_by_name_with_defaults():
    """As every class of values."""
    assert Point(1) == Point(1, 0) == Point(x=1) == Point(1, y=0)
    assert (Point(1, 2).x, Point(1, 2).y) == (1, 2)
    assert fields(Point) == ("x", "y")


def test_equal_is_what_has_the_same_kind_and_content():
    """A value of another kind is another value, and equal ones hash alike."""
    assert Point(1) != Point(2)
    assert Point(1) != Other(1)  # type: ignore[comparison-overlap]
    assert len({Point(1), Point(1, 0), Point(2)}) == 2


@pytest.mark.parametrize(
    ("args", "given", "says"),
    [
        ((), {}, "missing: x"),
        ((1,), {"z": 3}, "no field: z"),
        ((1,), {"x": 3}, "given twice: x"),
        ((1, 2, 3), {}, "too many: 3"),
        ((), {"y": 1}, "missing: x"),
        ((), {"y": 1, "z": 1}, "no field: z; missing: x"),
        ((1,), {"x": 2, "y": 3}, "given twice: x"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(args, given, says):
    """The error names the field."""
    with pytest.raises(TypeError, match=says):
        Point(*args, **given)


def test_values_do_not_change():
    """A changed one is another one."""
    point = Point(1)
    with pytest.raises(AttributeError, match=r"Point\.x cannot be changed"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"Point\.x cannot be deleted"):
        del point.x

    assert replace(point, x=5) == Point(5)
    assert point == Point(1)
    with pytest.raises(TypeError, match="no field z"):
        replace(point, z=1)


def test_they_show_what_they_hold_and_match_by_place():
    """For people who debug, and for match statements."""
    assert repr(Point(1, 2)) == "Point(x=1, y=2)"
    match Point(3, 4):
        case Point(3, y):
            assert y == 4
        case _:
            pytest.fail("did not match")


def test_whoever_takes_them_for_dataclasses_is_served():
    """A plugin may use what the standard library offers."""
    assert dataclasses.replace(Point(1), y=7) == Point(1, 7)
    assert dataclasses.asdict(Point(1, 2)) == {"x": 1, "y": 2}
    assert [f.name for f in dataclasses.fields(Point)] == ["x", "y"]


def test_a_value_may_check_itself_however_it_is_made():
    """__post_init__ sees every value, also a replaced one."""

    @value
    class Even:
        n: int

        def __post_init__(self):
            if self.n % 2:
                raise ValueError("odd")

    assert replace(Even(2), n=4).n == 4
    with pytest.raises(ValueError, match="odd"):
        Even(1)
    with pytest.raises(ValueError, match="odd"):
        replace(Even(2), n=3)
