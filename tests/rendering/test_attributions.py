"""What stands above quotes and copies, in many languages."""

from __future__ import annotations

import pytest

from hyperkitty.rendering.attributions import (
    CopyKind,
    attribution_start,
    copy_kind,
    header_block_end,
    is_attribution,
)


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, 3 Jun 2024 at 10:00, Anne Example <anne@example.com> wrote:",
        "Anne Example writes:",
        "Am 03.06.2024 um 10:00 schrieb Anne Beispiel:",
        "Anne Beispiel <anne@example.com> schrieb am Mo., 3. Juni 2024, 10:00:",
        "Le lun. 3 juin 2024 à 10:00, Anne Exemple <anne@example.com> a écrit :",
        "El lun, 3 jun 2024 a las 10:00, Ana Ejemplo escribió:",
        "Em seg., 3 de jun. de 2024, Ana Exemplo <ana@example.com> escreveu:",
        "Il giorno lun 3 giu 2024, Anna Esempio ha scritto:",
        "Op ma 3 jun 2024 om 10:00 schreef Anna Voorbeeld <anna@example.com>:",
        "Den mån 3 juni 2024 kl 10:00 skrev Anna Exempel <anna@example.com>:",
        "ma 3. kesäk. 2024 klo 10.00 Anna Esimerkki kirjoitti:",
        "W dniu 3.06.2024 o 10:00, Anna Przykład pisze:",
        "pon., 3 cze 2024 o 10:00 Anna Przykład napisał(a):",
        "Dne 3. 6. 2024 v 10:00 Anna Příkladová napsal(a):",
        "пн, 3 июн. 2024 г. в 10:00, Анна <anna@example.com> написал(а):",
        "3 Haz 2024 tarihinde Ayşe Örnek şunları yazdı:",
        "Anna Példa ezt írta:",
        "Στις 3 Ιουν 2024, η Άννα έγραψε:",
        "2024年6月3日(月) 10:00 花子さんは書きました:",
        "在 2024年6月3日，小明 写道：",
        "2024년 6월 3일 (월) 오전 10:00, 영희님이 작성:",
        "Quoting Anne Example <anne@example.com>:",
        "Zitat von Anne Beispiel <anne@example.com>:",
        "* Anne Example <anne@example.com> [2024-06-03 10:00]:",
    ],
)
def test_attribution_is_recognized(line):
    assert is_attribution(line)


@pytest.mark.parametrize(
    "line",
    ["", "He wrote a book about it.", "As follows:", "Yes.", "x" * 600 + " wrote:"],
)
def test_other_lines_are_none(line):
    assert not is_attribution(line)


def test_attribution_may_fill_several_lines():
    lines = ["I agree.", "", "On Monday, 3 June 2024,", "Anne <a@b.example>", "wrote:"]
    assert attribution_start(lines) == 2


def test_attribution_does_not_take_the_sentence_above():
    lines = ["I agree with that.", "On Monday, 3 June 2024, Anne", "wrote:"]
    assert attribution_start(lines) == 1


def test_blank_line_may_stand_between_attribution_and_quote():
    assert attribution_start(["Yes.", "", "On 3 June, Anne wrote:", ""]) == 2


def test_no_attribution_begins_at_the_end():
    assert attribution_start(["Just text", "above a quote"]) == 2


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("-----Original Message-----", CopyKind.ORIGINAL),
        ("----- Ursprüngliche Nachricht -----", CopyKind.ORIGINAL),
        ("-------- Message d'origine --------", CopyKind.ORIGINAL),
        ("-----Mensaje original-----", CopyKind.ORIGINAL),
        ("-----邮件原件-----", CopyKind.ORIGINAL),
        ("---------- Forwarded message ---------", CopyKind.FORWARD),
        ("-------- Weitergeleitete Nachricht --------", CopyKind.FORWARD),
        ("Begin forwarded message:", CopyKind.FORWARD),
        ("----- Forwarded message from Anne -----", CopyKind.FORWARD),
        ("The original message was lost", None),
        ("----- cut here -----", None),
    ],
)
def test_rule_above_a_copy_is_recognized(line, kind):
    assert copy_kind(line) is kind


@pytest.mark.parametrize(
    "block",
    [
        "From: Anne\nSent: Monday\nTo: dev\nSubject: x",
        "*From:* Anne\n*Sent:* Monday\n*To:* dev\n*Subject:* x",
        "Von: Anne\nGesendet: Montag\nAn: Liste\nBetreff: x",
        "De : Anne\nEnvoyé : lundi\nÀ : liste\nObjet : x",
        "De: Ana\nEnviado el: lunes\nPara: lista\nAsunto: x",
        "Da: Anna\nInviato: lunedì\nA: lista\nOggetto: x",
        "От: Анна\nОтправлено: понедельник\nКому: список\nТема: x",
        "差出人: 花子\n送信日時: 月曜日\n宛先: リスト\n件名: x",
        "发件人: 小明\n发送时间: 星期一\n收件人: 列表\n主题: x",
    ],
)
def test_header_block_is_recognized(block):
    lines = [*block.split("\n"), "", "text"]
    assert header_block_end(lines, 0) == 4


def test_one_header_is_no_block_unless_announced():
    lines = ["From: Anne", "", "text"]
    assert header_block_end(lines, 0) == 0
    assert header_block_end(lines, 0, is_announced=True) == 1


def test_prose_with_colons_is_no_block():
    lines = ["From: here", "it: goes", "on: and on"]
    assert header_block_end(lines, 0) == 0
