"""Safe names for files that came by mail, and the types that names tell."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 100  # characters
MAX_NAME_BYTES = 200  # in UTF-8; file systems allow 255

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ +=@(),-]{0,80}\.[A-Za-z0-9]{1,10}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)", re.I)
_FORBIDDEN = str.maketrans('<>:"|?*', "_______")
_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Co", "Zl", "Zp"])

# Both ways: the extension for a type, and the type for an extension.
_EXTENSIONS = {
    "application/gzip": "gz",
    "application/javascript": "js",
    "application/json": "json",
    "application/ms-tnef": "dat",
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/postscript": "ps",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-bzip2": "bz2",
    "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s",
    "application/x-tar": "tar",
    "application/x-xz": "xz",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/x-wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/css": "css",
    "text/csv": "csv",
    "text/enriched": "txt",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
    "text/richtext": "rtx",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-diff": "diff",
    "text/x-patch": "patch",
    "text/x-python": "py",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
    "video/mpeg": "mpg",
    "video/quicktime": "mov",
}
_TYPES = {
    **{extension: content_type for content_type, extension in _EXTENSIONS.items()},
    **{"asc": "text/plain", "htm": "text/html", "jpeg": "image/jpeg"},
    **{"p7m": "application/pkcs7-mime", "p7s": "application/pkcs7-signature"},
    **{"patch": "text/x-patch", "txt": "text/plain", "vcf": "text/vcard"},
    **{"dat": "application/octet-stream", "xml": "text/xml"},
}


def safe_name(name: str, content_type: str) -> str:
    """Return a name that can be shown, sent in a header and saved; never empty.

    No path, no control, bidi or other unseen characters, no name that Windows keeps for
    devices, no leading dot, at most `MAX_NAME` characters and `MAX_NAME_BYTES` bytes.
    """
    if _PLAIN.fullmatch(name) and not _RESERVED.match(name):
        return name
    name = unicodedata.normalize("NFC", name[-4 * MAX_NAME :])
    name = name.replace("\\", "/").rstrip("/ ").rpartition("/")[2]
    # Spaces first: a tab between two words is a space, other controls are nothing.
    name = " ".join(name.split())
    name = "".join(char for char in name if unicodedata.category(char) not in _UNSEEN)
    name = " ".join(name.translate(_FORBIDDEN).split()).strip(" .")
    if _RESERVED.match(name):
        name = f"_{name}"
    return _shortened(name) or f"attachment.{extension_for(content_type)}"


def extension_for(content_type: str) -> str:
    """Return the file extension for a type, without the dot; "bin" if unknown."""
    return _EXTENSIONS.get(content_type, "bin")


def type_for(name: str) -> str:
    """Return the type that a file name tells, else application/octet-stream."""
    _, dot, extension = name.rpartition(".")
    extension = extension.lower() if dot else ""
    return _TYPES.get(extension, "application/octet-stream")


def _shortened(name: str) -> str:
    if len(name) <= MAX_NAME and len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, extension = name, ""
    tail = f"{dot}{extension}" if extension else ""
    room = MAX_NAME_BYTES - len(tail.encode())
    stem = stem[: MAX_NAME - len(tail)].encode()[:room].decode("utf-8", "ignore")
    return stem.rstrip(" .") + tail
