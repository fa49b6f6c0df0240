import numpy as np

from wqstudio.engine.absences import by_accident, felt


def test_what_of_an_absence_was_asked_for_is_no_accident_and_the_rest_is() -> None:
    assert by_accident([(3.0, 20.0)], [(5.0, 7.0)]) == [(3.0, 5.0), (8.0, 20.0)]
    assert by_accident([(5.1, 7.5)], [(5.0, 7.0)]) == [], "the studio connects again a little later"
    assert by_accident([(3.0, 9.0), (30.0, 31.0)], [(2.0, 4.0), (6.0, 7.0)]) == [(5.0, 6.0), (8.0, 9.0), (30.0, 31.0)]


def test_an_absence_that_no_worker_felt_is_the_studios_own() -> None:
    none = np.empty(0)
    assert felt([], np.array([1.0])) == []
    assert felt([(3.0, 3.005)], none) == [], "the connection blinked"
    assert felt([(3.0, 5.0)], none) == [(3.0, 5.0)]
    assert felt([(3.0, 5.0)], np.arange(0.0, 9.0, 0.05)) == [], "work was given out all the time"
    assert felt([(3.0, 5.0), (7.0, 8.0)], np.array([4.5, 3.25, 9.0, 2.0])) == [(3.25, 4.5), (7.0, 8.0)]
