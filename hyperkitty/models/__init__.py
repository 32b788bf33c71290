"""The tables of the archive, one module per noun."""

from __future__ import annotations

from .blobs import (
    Codec,
    CompressionDictionary,
    Packed,
    forget_dictionaries,
    pack,
    unpack,
)
from .community import LastView, Profile, Tag, Tagging, Vote
from .emails import (
    AliasKind,
    Attachment,
    Email,
    EmailFlag,
    EmailState,
    EmailText,
    MessageAlias,
    ParentReason,
    RawMessage,
    Sender,
    Source,
)
from .following import (
    MAILED,
    Announcement,
    Delivery,
    Follow,
    FollowKind,
    Notification,
)
from .indexing import PendingIndex
from .keeping import PLACING, Decision, DecisionKind, Denied
from .lists import (
    ArchivePolicy,
    ListActivity,
    ListAlias,
    ListRole,
    MailingList,
    PolicySource,
    RenderingMode,
    Role,
)
from .pipermail import ScrubbedFile
from .posts import (
    OPEN_STATES,
    Change,
    ChangeState,
    MembershipChange,
    OutgoingPost,
    PostState,
)
from .reading import ReadState
from .syncing import Sync, SyncKind
from .threads import Category, MissingReference, Thread, ThreadAlias

__all__ = [
    "MAILED",
    "OPEN_STATES",
    "PLACING",
    "AliasKind",
    "Announcement",
    "ArchivePolicy",
    "Attachment",
    "Category",
    "Change",
    "ChangeState",
    "Codec",
    "CompressionDictionary",
    "Decision",
    "DecisionKind",
    "Delivery",
    "Denied",
    "Email",
    "EmailFlag",
    "EmailState",
    "EmailText",
    "Follow",
    "FollowKind",
    "LastView",
    "ListActivity",
    "ListAlias",
    "ListRole",
    "MailingList",
    "MembershipChange",
    "MessageAlias",
    "MissingReference",
    "Notification",
    "OutgoingPost",
    "Packed",
    "ParentReason",
    "PendingIndex",
    "PolicySource",
    "PostState",
    "Profile",
    "RawMessage",
    "ReadState",
    "RenderingMode",
    "Role",
    "ScrubbedFile",
    "Sender",
    "Source",
    "Sync",
    "SyncKind",
    "Tag",
    "Tagging",
    "Thread",
    "ThreadAlias",
    "Vote",
    "forget_dictionaries",
    "pack",
    "unpack",
]
