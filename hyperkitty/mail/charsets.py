"""From bytes in a declared, wrong or unknown charset to text."""

from __future__ import annotations

import re
from encodings.aliases import aliases as python_aliases
from functools import lru_cache

from charset_normalizer import from_bytes

# What mail software writes, where Python has no such name or a poorer codec for it.
_ALIASES = {
    "8bit": None,
    "default": None,
    "default_charset": None,
    "none": None,
    "unknown": None,
    "unknown_8bit": None,
    "x_unknown": None,
    "x_user_defined": None,
    "ansi": "cp1252",
    "ansi_x3_110_1983": "cp1252",
    "big5": "big5hkscs",
    "big_5": "big5hkscs",
    "cn_big5": "big5hkscs",
    "cn_gb": "gb18030",
    "csiso88598i": "iso8859_8",
    "csiso88598e": "iso8859_8",
    "euc_gb": "gb18030",
    "euc_cn": "gb18030",
    "gb2312": "gb18030",
    "gb_2312": "gb18030",
    "gb_2312_80": "gb18030",
    "gb2312_80": "gb18030",
    "gb_k": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "hebrew": "iso8859_8",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "iso8859_8_i": "iso8859_8",
    "iso_2022_jp": "iso2022_jp_ext",
    "iso2022_jp": "iso2022_jp_ext",
    "csiso2022jp": "iso2022_jp_ext",
    "iso_2022_jp_1": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "cp50222": "iso2022_jp_ext",
    "ks_c_5601": "cp949",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601_1989": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "ks_x_1001": "cp949",
    "euc_kr": "cp949",
    "euckr": "cp949",
    "x_windows_949": "cp949",
    "macintosh": "mac_roman",
    "x_mac_roman": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "shift_jis": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "s_jis": "cp932",
    "x_sjis": "cp932",
    "x_ms_cp932": "cp932",
    "windows_31j": "cp932",
    "cswindows31j": "cp932",
    "x_euc_jp": "euc_jp",
    "tis_620": "cp874",
    "tis620": "cp874",
    "iso_8859_11": "cp874",
    "windows_874": "cp874",
    "unicode_1_1_utf_7": "utf_7",
    "unicode_1_1_utf_8": "utf_8",
    "unicode_2_0_utf_8": "utf_8",
    "utf_8_mac": "utf_8",
    "x_utf_8": "utf_8",
    "win_1250": "cp1250",
    "win_1251": "cp1251",
    "win_1252": "cp1252",
    "cp_850": "cp850",
    "cp_1251": "cp1251",
    "cp_1252": "cp1252",
    "koi8r": "koi8_r",
    "koi8u": "koi8_u",
}

# Codecs that are spelled right but have no entry in Python's alias table.
_EXTRA_CODECS = frozenset(
    [
        *("cp037", "cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "iso8859_1"),
        *("koi8_t", "koi8_u", "mac_croatian", "mac_farsi", "mac_romanian", "utf_8_sig"),
    ]
)

# Python lists these among its encodings, but they are no charset or need Windows.
_NOT_CHARSETS = frozenset(
    [
        *("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13"),
        *("uu_codec", "zlib_codec", "mbcs", "oem"),
    ]
)

# A guess is made only between charsets whose text is mostly bytes above 127; Western
# text has few of them, and a guess from few bytes is worse than cp1252.
_GUESSABLE = [
    *("cp1251", "koi8_r", "cp866", "iso8859_5", "cp1253", "iso8859_7", "cp1255"),
    *("cp1256", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"),
]
_GUESS_SAMPLE = 2048  # bytes; the guess costs about 10 µs for each
_GUESS_MIN_HIGH = 12  # bytes above 127 in the sample
_GUESS_MIN_SHARE = 0.3  # of the lines that have any

_HIGH_BYTES = bytes(range(128, 256))
_PRINTABLE = bytes(range(32, 127)) + b"\t\r\n"
_C1 = re.compile(rb"[\x80-\x9f]")
_JIS_ESCAPE = re.compile(rb"\x1b\$[@B(]")
_NOT_NAME = re.compile(r"[^a-z0-9]+")


def decode(data: bytes, charset: str | None) -> tuple[str, bool]:
    """Decode *data* and say whether the declared *charset* was known and fitted.

    Never raises. The text is valid UTF-8 without NUL. Where the declaration is of no
    use, the text is read as UTF-8, else as what it looks like, else as cp1252.
    """
    codec = _codec(charset[:80]) if charset else None
    if data.isascii() and b"\x1b" not in data and (codec is None or _has_ascii(codec)):
        known = not charset or codec is not None or _is_honest(charset)
        return _without_nul(data.decode("ascii")), known
    text, fits = _decode_high(data, charset, codec)
    return _without_nul(text.removeprefix("\ufeff")), fits


def _decode_high(
    data: bytes, charset: str | None, codec: str | None
) -> tuple[str, bool]:
    """Decode what is not plain ASCII."""
    if codec == "iso8859_1" and not _C1.search(data):
        return data.decode("latin-1"), True
    if codec in ("iso8859_1", "ascii"):
        # In mail these names mean "what my computer uses": cp1252, or now and then
        # UTF-8. Bytes 80-9F are control characters in ISO 8859-1, so they tell.
        tries = [("utf_8", data.isascii()), ("cp1252", codec == "iso8859_1")]
    elif codec is not None:
        tries = [(codec, True)]
    else:
        tries = [("utf_8", not charset or _is_honest(charset))]
    if data.isascii() and _JIS_ESCAPE.search(data):
        tries.insert(0, ("iso2022_jp_ext", codec == "iso2022_jp_ext"))
    for candidate, fits in tries:
        if (text := _strictly(data, candidate)) is not None:
            return text, fits
    for candidate in ("utf_8", codec or "utf_8"):
        if (text := _nearly(data, candidate)) is not None:
            return text, False
    return _guess(data), False


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        return None
    return text if _has_ascii(codec) else _without_surrogates(text)


def _nearly(data: bytes, codec: str) -> str | None:
    """Decode data of which all but a few characters fit, such as a text cut short."""
    try:
        text = data.decode(codec, "replace")
    except (UnicodeError, ValueError):
        return None
    high = len(data) - len(data.translate(None, _HIGH_BYTES)) + data.count(b"\x1b")
    if text.count("\ufffd") * 10 > high:
        return None
    return _without_surrogates(text)


def _guess(data: bytes) -> str:
    """Decode text whose charset nothing tells, by its looks."""
    lines = (line for line in data[: 32 * _GUESS_SAMPLE].split(b"\n"))
    sample = b"\n".join(line for line in lines if not line.isascii())[:_GUESS_SAMPLE]
    high = len(sample) - len(sample.translate(None, _HIGH_BYTES))
    if high >= _GUESS_MIN_HIGH and high >= _GUESS_MIN_SHARE * len(sample):
        best = from_bytes(sample, cp_isolation=_GUESSABLE, enable_fallback=False).best()
        if best is not None:
            return _without_surrogates(data.decode(best.encoding, "replace"))
    return data.decode("cp1252", "replace")


@lru_cache(maxsize=512)
def _codec(charset: str) -> str | None:
    """Return the name of the Python codec for a declared charset.

    Names are looked up in tables, not with `codecs.lookup`: that imports a module by a
    name from a mail and remembers every unknown name for ever.
    """
    name = _table_name(charset)
    if name in _ALIASES:
        return _ALIASES[name]
    codec = python_aliases.get(name) or python_aliases.get(name.replace("_", ""))
    if codec is None and (name in _EXTRA_CODECS or name in _python_codecs()):
        codec = name
    if codec in _NOT_CHARSETS:
        return None
    codec = _ALIASES.get(codec or "", codec)
    return "iso8859_1" if codec == "latin_1" else codec


@lru_cache(maxsize=1)
def _python_codecs() -> frozenset[str]:
    return frozenset(python_aliases.values())


@lru_cache(maxsize=256)
def _has_ascii(codec: str) -> bool:
    """Whether ASCII bytes mean the same in *codec* (not so in UTF-7 or EBCDIC)."""
    try:
        return _PRINTABLE.decode(codec) == _PRINTABLE.decode("ascii")
    except (UnicodeError, ValueError):
        return False


def _is_honest(charset: str) -> bool:
    """Whether the name says that the charset is not known (RFC 1428)."""
    name = _table_name(charset[:80])
    return name in _ALIASES and _ALIASES[name] is None


def _table_name(charset: str) -> str:
    return _NOT_NAME.sub("_", charset.lower()).strip("_")


def _without_nul(text: str) -> str:
    return text.replace("\0", "") if "\0" in text else text


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
