"""`notifier open` starts quickly: what is heavy waits until the record is safe."""

from __future__ import annotations

from benchmarks.imports import before_recorded, heavy


def test_nothing_heavy_is_imported_before_the_record_is_safe():
    """Until "recorded" is said, no HTTP library, no SDK, no template engine, no event loop was imported."""
    modules, said = before_recorded()

    assert said, modules[-3:]
    assert "sqlite3" in modules, "the list of imports was not read"
    assert heavy(modules) == []
