"""Which events are reported, and when, for rows made by hand."""

import math

import pytest

from tfgan_course.health.finding import Finding
from tfgan_course.health.monitor import as_csv, events, from_csv, not_finite


class Hot(Finding):
    name = "too hot"
    remedies = {"water": lambda settings: settings.get("water", False), "shade": None}  # noqa: RUF012
    threshold = 10.0
    severity = "serious"
    patience = 2
    first_step = 200
    hides = ("too dry",)
    columns = ("heat",)
    sees = "it is {value:g} degrees"


class Dry(Finding):
    name = "too dry"
    remedies = {"rain": None}  # noqa: RUF012
    threshold = 0.2
    below = True
    first_step = 0
    columns = ("water",)
    sees = "{value:g} of water"


BOTH = (Hot(), Dry())


def rows(**columns) -> list[dict[str, float]]:
    length = len(next(iter(columns.values())))
    return [
        {"epoch": i + 1.0, "step": 100.0 * (i + 1), **{name: values[i] for name, values in columns.items()}}
        for i in range(length)
    ]


def reported(found) -> list[tuple]:
    return [(event.epoch, event.since, event.name, event.severity) for event in found]


def test_said_once_after_the_patience_and_once_when_it_has_ended():
    history = rows(heat=[5, 11, 12, 13, 14, 9, 8, 7])
    found = events(history, BOTH)
    assert reported(found) == [(3, 2, "too hot", "serious"), (7, 6, "too hot", "ended")]
    first, last = found
    assert (first.step, first.value, first.threshold, first.link) == (300, 12, 10, "docs/guides/health.md#too-hot")
    assert first.sentence == "too hot since epoch 2 (step 200): it is 12 degrees. What usually helps: water, shade"
    assert last.sentence == "too hot has ended: not seen since epoch 6 (step 600)"
    assert (last.value, last.threshold) == (8, 10)


def test_what_comes_and_goes_is_not_said_and_does_not_end_what_was():
    assert events(rows(heat=[5, 11, 9, 11, 9, 11, 9]), BOTH) == []
    assert reported(events(rows(heat=[5, 11, 11, 9, 11, 9, 11]), BOTH)) == [(3, 2, "too hot", "serious")]


def test_nothing_is_said_of_an_untrained_network():
    assert reported(events(rows(heat=[99, 99, 99, 99]), BOTH)) == [(3, 2, "too hot", "serious")]


def test_consequences_are_not_said_while_their_cause_lasts():
    dry = [0.1] * 7
    found = events(rows(heat=[5, 11, 11, 5, 5, 5, 5], water=dry), BOTH)
    # Dry is true from the first epoch on and would be said in the third.
    assert reported(found) == [
        (3, 2, "too hot", "serious"),
        (5, 4, "too hot", "ended"),
        (5, 1, "too dry", "warning"),
    ]


def test_figures_that_are_missing_or_nan_say_nothing():
    assert events(rows(water=[math.nan] * 5), BOTH) == events(rows(other=[1] * 5), BOTH) == []
    assert reported(events(rows(water=[0.1, 0.1, 0.1, math.nan]), BOTH)) == [(3, 1, "too dry", "warning")]


def test_the_beginning_of_a_history_says_what_the_whole_said_of_it():
    history = rows(heat=[5, 11, 12, 13, 9, 8, 12, 12], water=[0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 0.1, 0.1])
    whole = events(history, BOTH)
    for length in range(len(history) + 1):
        assert events(history[:length], BOTH) == [event for event in whole if event.epoch <= length]


def test_the_file_gives_the_events_back():
    found = events(rows(heat=[5, 11.123456789012345, 12, 13]), BOTH)
    text = as_csv(found)
    assert text.startswith("epoch,step,since,name,severity,value,threshold,sentence,link\n")
    assert from_csv(text) == found
    assert from_csv(as_csv([])) == []
    (end,) = from_csv(as_csv([not_finite(3, 250, 'step 250: critic_loss became NaN, or "infinite"')]))
    assert (end.epoch, end.step, end.name, end.severity) == (3, 250, "not finite", "serious")
    assert math.isnan(end.value)
    with pytest.raises(ValueError, match="shorter"):
        from_csv("epoch,step\n1,2\n")


def test_advice_that_the_run_follows_already_is_not_given():
    history = rows(heat=[5, 11, 12])
    (event,) = events(history, BOTH, {"water": True})
    assert event.sentence.endswith("What usually helps: shade")
    assert event == events(history, BOTH)[0]._replace(sentence=event.sentence)
