"""Parameters of MIME headers are read, sound ones and odd ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperkitty.mail.parameters import read_parameters


@pytest.mark.parametrize(
    ("header", "value", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ("TEXT/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        ('a/b; name="a;b\\"c"; x=y', "a/b", {"name": 'a;b"c', "x": "y"}),
        ("a/b; name=two words.txt", "a/b", {"name": "two words.txt"}),
        ('a/b; charset="x" format=flowed', "a/b", {"charset": "x", "format": "flowed"}),
        ("a/b charset=x", "a/b", {"charset": "x"}),
        ("a/b (comment); x=y", "a/b", {"x": "y"}),
        ("a/b;;; x = y ;", "a/b", {"x": "y"}),
        ('a/b; name="unclosed', "a/b", {"name": "unclosed"}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        ('a/b;\r\n\tname="fol\r\n ded"', "a/b", {"name": "fol ded"}),
        ("a/b; name*=utf-8''na%C3%AFve%20x", "a/b", {"name": "naïve x"}),
        ("a/b; name*=iso-8859-1'en'caf%E9", "a/b", {"name": "café"}),
        ('a/b; name*0=one; name*1=" two"', "a/b", {"name": "one two"}),
        ("a/b; name*1*=%A9; name*0*=utf-8''caf%C3", "a/b", {"name": "café"}),
        ("a/b; name*0*=utf-8''a%20; name*1=%20", "a/b", {"name": "a %20"}),
        ("a/b; name=plain; name*=''better", "a/b", {"name": "better"}),
        ("a/b; name*=nonsense''x", "a/b", {"name": "x"}),
        ("a/b; name*=no quotes", "a/b", {"name": "no quotes"}),
        ("a/b; name=caf\udcc3\udca9", "a/b", {"name": "café"}),
        ("", "", {}),
        ("; x=y", "", {"x": "y"}),
        ("a/b; =y; z", "a/b", {}),
    ],
)
def test_header_is_read(header: str, value: str, parameters: dict[str, str]) -> None:
    assert read_parameters(header) == (value, parameters)


LETTERS = "abc*0129='\";\\ %-\udce9\0\r\n\t"


@given(st.one_of(st.text(), st.text(alphabet=LETTERS)))
def test_any_header_is_read(header: str) -> None:
    value, parameters = read_parameters(header)

    assert value == value.lower()
    for text in parameters.values():
        text.encode("utf-8")


def test_time_does_not_grow_faster_than_the_header() -> None:
    # Quadratic code would not come back from these.
    for piece in (";", '"', "=", "a=", 'a="', "\\", "a*1=", " ", "'"):
        read_parameters("a/b; " + piece * 200_000)
