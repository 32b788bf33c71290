"""Subjects: prefix, reply marks and what the conversation is about."""

from __future__ import annotations

import pytest

from hyperkitty.mail.subjects import (
    base_subject,
    clean_subject,
    is_reply,
    strip_prefix,
)


def test_subject_is_one_clean_line() -> None:
    assert (
        clean_subject("[Dev] =?utf-8?q?Caf=C3=A9?=\r\n in\rtown")
        == "[Dev] Café in town"
    )


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("[Dev] Lunch", "Lunch"),
        ("[dev]  Lunch", "Lunch"),
        ("[Dev]Lunch", "Lunch"),
        ("Re: [Dev] Lunch", "Re: Lunch"),
        ("[Dev] Re: [Dev] Lunch", "Re: Lunch"),
        ("AW: Re: [Dev] Lunch", "AW: Re: Lunch"),
        ("[Devel] Lunch", "[Devel] Lunch"),
        ("Lunch [Dev] today", "Lunch [Dev] today"),
        ("[Dev]", ""),
    ],
)
def test_list_prefix_is_stripped(subject: str, expected: str) -> None:
    assert strip_prefix(subject, "[Dev] ") == expected


def test_numbered_list_prefix_is_stripped() -> None:
    assert strip_prefix("Re: [Dev 123] Lunch", "[Dev %d] ") == "Re: Lunch"


@pytest.mark.parametrize("prefix", ["", " "])
def test_no_prefix_strips_nothing(prefix: str) -> None:
    assert strip_prefix("[Dev] Lunch", prefix) == "[Dev] Lunch"


@pytest.mark.parametrize(
    "mark",
    [
        *(
            "Re:",
            "RE:",
            "re :",
            "Re: Re:",
            "Re[2]:",
            "Re [2]:",
            "Re(3):",
            "Re^2:",
            "Re2:",
        ),
        *("AW:", "Aw: Re:", "Antw:", "SV:", "VS:", "Odp:", "RES:", "Ynt:", "RIF:"),
        *("回复:", "回复：", "答复:", "回覆：", "Отв:", "ΑΠ:"),
    ],
)
def test_reply_marks_are_known(mark: str) -> None:
    assert is_reply(f"{mark} Lunch")
    assert is_reply(f"[Dev] {mark} Lunch")
    assert base_subject(f"{mark} Lunch") == "Lunch"
    assert base_subject(f"{mark} [Dev] Lunch", "[Dev] ") == "Lunch"


@pytest.mark.parametrize(
    "mark", ["Fwd:", "FW:", "WG:", "TR:", "RV:", "Doorst:", "ENC:", "转发:", "VB:"]
)
def test_forward_marks_are_no_reply(mark: str) -> None:
    assert not is_reply(f"{mark} Lunch")
    assert base_subject(f"{mark} Lunch") == "Lunch"
    assert base_subject(f"Re: {mark} Re: Lunch") == "Lunch"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Lunch (fwd)", "Lunch"),
        ("Re: Lunch (Fwd) (fwd)", "Lunch"),
        ("[Fwd: Re: Lunch]", "Lunch"),
        ("Re: [PATCH 1/2] Lunch", "[PATCH 1/2] Lunch"),
        ("Regarding: Lunch", "Regarding: Lunch"),
        ("Re Lunch", "Re Lunch"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_base_subject(subject: str, expected: str) -> None:
    assert base_subject(subject) == expected


@pytest.mark.parametrize("subject", ["Lunch", "", "Report: Lunch", "[Dev] Lunch", "Re"])
def test_other_subjects_are_no_reply(subject: str) -> None:
    assert not is_reply(subject)


@pytest.mark.parametrize("subject", ["Re:" * 3_333, "[fwd:" * 2_000, "[Dev]" * 2_000])
def test_endless_marks_end(subject: str) -> None:
    assert len(base_subject(subject, "[Dev]")) <= len(subject)
    assert len(strip_prefix(subject, "[Dev]")) <= len(subject)
