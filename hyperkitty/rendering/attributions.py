"""Recognize what mail programs put above quotes, in the languages of the world."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

# "wrote" and its like. A line that is right above a quote and ends with a colon is
# meant; so a wide net does no harm.
_WROTE = (
    r"wrote|writes?|written|said|says|spake|asked|replied|typed|scribbled"
    r"|schrieb(?:en|st)?|schreibt|meinte"  # German
    r"|a écrit|écri(?:vai)?t|ecrit|a dit"  # French
    r"|escribi[óo]|escribe|dijo|va escriure|escreveu|escrev[ei]"  # Iberian
    r"|ha scritto|scrisse|scriveva|scrive"  # Italian
    r"|schreef|geschreven|skrev|skreiv|skrifaði"  # Dutch, Nordic
    r"|kirjoitti|kirjutas|rakstīja|rašė"  # Finnish, Baltic
    r"|napisał\(?a?\)?|napisała|pisze|napsala?|napsal\(?a?\)?|píše"
    r"|(?:je )?napisa[ol](?:\(?la\)?|la)?|je pisal"  # South Slavic
    r"|написала?|написал\(?а?\)?|пишет|писала?|написав(?:ла)?|пише|написа"  # Cyrillic
    r"|yazdı|yazmış|írta|írt|a scris|έγραψε|ka shkruar"
    r"|כתב(?:ה)?|كتب(?:ت)?|نوشت|đã viết|menulis|idatzi du"
)
_WROTE_ASIAN = (
    r"さん(?:は|が|の)|書きました|書いた|のメッセージ|wrote"
    r"|写道|寫道|写到|寫到|作成|작성|님이|썼습니다|쓰셨습니다|เขียน"
)
_VERB = re.compile(rf"(?<!\w)(?:{_WROTE})(?!\w)|{_WROTE_ASIAN}", re.IGNORECASE)
_OPENING = re.compile(
    r"(?:quoting|zitat von|citando|citat|en réponse à|in reply to|thus sp[ao]ke"
    r"|according to|\* .{1,120}\[)",
    re.IGNORECASE,
)
_ENDS = (":", "：", "...", "…", ":-", "﹕")
_MAX_ATTRIBUTION = 500
_MAX_ATTRIBUTION_LINES = 4

# Where an attribution that fills several lines begins: surely, or perhaps.
_BEGINS = re.compile(
    r"(?:on|am|le|el|il|em|op|den|dne|dnia|w dniu|på|в|у|στις|vào|pada|ngày|quoting"
    r"|zitat|in (?:article|message)|a las|no dia)\s|at \d|a \d",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d:\d\d|[12]\d{3}")
_MAY_BEGIN = re.compile(r"\d|[\"'“(\[*]|\w{2,10}\.?, \d")


def is_attribution(text: str) -> bool:
    """Return whether *text*, one line right above a quote, says who is quoted."""
    text = text.strip()
    if not text or len(text) > _MAX_ATTRIBUTION:
        return False
    if not text.endswith(_ENDS):
        # Some programs leave the colon out, or put the address behind it.
        return text.endswith(("wrote", "writes", ":>", "écrit", "schrieb")) or (
            text.endswith(">") and ": <" in text and bool(_VERB.search(text))
        )
    if _VERB.search(text) or _OPENING.match(text) or text.endswith((">:", ">：")):
        return True
    return bool(_BEGINS.match(text) and _DATE.search(text))


def attribution_start(lines: Sequence[str]) -> int:
    """
    Return where the attribution at the end of *lines* begins.

    The quote follows right below, or after blank lines; without attribution the result
    is ``len(lines)``. Only the last few lines are looked at.
    """
    end = len(lines)
    last = end
    while last and last > end - 3 and not lines[last - 1].strip():
        last -= 1
    earliest = max(0, last - _MAX_ATTRIBUTION_LINES)
    for start in range(last - 1, earliest - 1, -1):
        if not lines[start].strip():
            break
        joined = " ".join(line.strip() for line in lines[start:last])
        if not is_attribution(joined):
            continue
        return _widen(lines, start, earliest)
    return end


def _widen(lines: Sequence[str], start: int, earliest: int) -> int:
    """Return *start*, or the line above where an attribution rather begins."""
    best = start
    for at in range(start, earliest - 1, -1):
        line = lines[at].strip()
        if at < start and (not line or line.endswith((".", "!", "?"))):
            break
        if _BEGINS.match(line) and _has_witness(line):
            return at
        if _MAY_BEGIN.match(line) and _has_witness(line):
            best = at
    return best


def _has_witness(line: str) -> bool:
    """Return whether *line* has what an attribution has: a date, or an address."""
    return "@" in line or any(map(str.isdigit, line))


class CopyKind(StrEnum):
    """What the unquoted copy of another mail is there for."""

    ORIGINAL = "original"  # the mail that is answered, below the answer
    FORWARD = "forward"  # a mail that is passed on: that is the content


_ORIGINAL = (
    "original message|original appointment|ursprüngliche nachricht|originalnachricht"
    "|originaltext|message d'origine|message d’origine|message original"
    "|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht"
    "|originalmeddelande|ursprungligt meddelande|original meddelelse"
    "|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti"
    "|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|pôvodná správa"
    "|eredeti üzenet|mesaj original|исходное сообщение|оригинальное сообщение"
    "|orijinal mesaj|özgün ileti|αρχικό μήνυμα|הודעה מקורית|الرسالة الأصلية"
    "|元のメッセージ|original ?メッセージ|原始邮件|邮件原件|原始郵件|원본 메시지"
)
_FORWARD = (
    "forwarded message|forwarded mail|weitergeleitete nachricht"
    "|message transf[ée]r[ée]"
    "|mensaje reenviado|mensagem (?:encaminhada|reencaminhada)|messaggio inoltrato"
    "|doorgestuurd bericht|vidarebefordrat meddelande"
    "|videresendt (?:meddelelse|melding)"
    "|edelleenlähetetty viesti|przekazana wiadomość|přeposlaná zpráva"
    "|továbbított üzenet|пересылаемое сообщение|пересланное сообщение"
    "|iletilen mesaj|προωθημένο μήνυμα|転送メッセージ|转发邮件|轉寄郵件|전달된 메시지"
)
_RULE = re.compile(
    rf"\s*(?:-{{2,}}|={{3,}}|_{{3,}})\s*(?:(?P<original>{_ORIGINAL})|(?P<forward>{_FORWARD}))"
    r"[^\n]{0,80}?(?:-{2,}|={3,}|_{3,})\s*$",
    re.IGNORECASE,
)
_BEGIN_FORWARD = re.compile(
    r"\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht"
    r"|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado"
    r"|inizio messaggio inoltrato|início da mensagem (?:re)?encaminhada"
    r"|begin doorgestuurd bericht|vidarebefordrat brev)\s*:\s*$",
    re.IGNORECASE,
)
_MAX_RULE = 200

_HEADER_NAMES = {
    "from": "from von de da van från fra lähettäjä od от від kimden feladó de la από"
    " 差出人 发件人 寄件者 寄件人 보낸사람 발신 מאת من",
    "sent": "sent date gesendet datum envoyé date enviado enviadoel enviadaem data"
    " inviato verzonden skickat sendt lähetetty päivämäärä wysłano wysłane odesláno"
    " odoslané отправлено дата tarih gönderildi gönderilme elküldve trimis ημερομηνία"
    " 送信日時 日時 发送时间 日期 寄件日期 보낸날짜 날짜 נשלח تاريخ",
    "to": "to an à a para per aan till til vastaanottaja do komu кому kime címzett"
    " către προς 宛先 收件人 收件者 받는사람 수신 אל إلى",
    "cc": "cc kopie copie copia kopia kopi kopio dw kopie копия bilgi 抄送 副本 참조",
    "subject": "subject betreff objet sujet asunto assunto oggetto onderwerp ämne emne"
    " aihe temat předmět predmet predmet тема konu tárgy subiect θέμα 件名 主题 主旨"
    " 主題 제목 נושא الموضوع",
}
_ROLES = {name: role for role, names in _HEADER_NAMES.items() for name in names.split()}
# A block that nothing announces must begin with From to be taken for one.
_FIRST_ROLES = {True: frozenset(_HEADER_NAMES), False: frozenset({"from"})}
_HEADER = re.compile(r"[\s*]{0,4}([^\W\d_][\w .'’-]{0,24}?)\s?\*?[:：]")
_MAX_HEADERS = 8


def copy_kind(line: str) -> CopyKind | None:
    """Return what *line* announces, if it is a rule above the copy of a mail."""
    if len(line) > _MAX_RULE:
        return None
    if match := _RULE.match(line):
        return CopyKind.ORIGINAL if match["original"] else CopyKind.FORWARD
    return CopyKind.FORWARD if _BEGIN_FORWARD.match(line) else None


def header_block_end(
    lines: Sequence[str], start: int, *, is_announced: bool = False
) -> int:
    """
    Return where the ``From: … Sent: …`` block that begins at *start* ends.

    Without such a block the result is *start*. Outlook and others put one above the
    copy of the mail they answer. Below a rule that announces it, one line is enough.
    """
    roles: set[str] = set()
    end = start
    while end < min(len(lines), start + _MAX_HEADERS) and lines[end].strip():
        role = _role(lines[end])
        if end == start and role not in _FIRST_ROLES[is_announced]:
            return start
        if role is not None:
            roles.add(role)
        end += 1
    if is_announced and len(roles) == 1:
        return start + 1
    return end if "sent" in roles and len(roles) > 2 else start


def _role(line: str) -> str | None:
    match = _HEADER.match(line)
    if match is None:
        return None
    return _ROLES.get(match[1].replace(" ", "").casefold())
