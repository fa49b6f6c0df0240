from wqstudio.ui.graphs.timeline_line import captions


def test_only_captions_that_are_whole_are_there_and_what_the_dashes_mean_goes_last() -> None:
    assert captions(60, hoards=True) == ["Waiting", "messages", "┄ hoarded"]
    assert captions(40, hoards=True) == ["Waiting", "┄ hoarded"]
    assert captions(20, hoards=True) == ["Waiting"]
    assert captions(40, hoards=False) == ["Waiting", "messages"]
