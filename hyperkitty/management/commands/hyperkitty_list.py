"""Show, make and change lists that Mailman Core does not have."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from hyperkitty.management.base import ArchiveCommand
from hyperkitty.models import ArchivePolicy, ListRole, MailingList, Role
from hyperkitty.services.lists import (
    create_list,
    describe_list,
    find_list,
    give_role,
    is_of_core,
    rename_list,
    set_policy,
    take_roles,
)

POLICIES = {policy.name.lower(): policy for policy in ArchivePolicy}

EPILOG = """\
Lists of Mailman Core are shown here and changed there.

examples:
  manage.py hyperkitty_list
  manage.py hyperkitty_list show old@example.org
  manage.py hyperkitty_list create old@example.org --archive-policy private
  manage.py hyperkitty_list set old@example.org --display-name "Old times"
  manage.py hyperkitty_list set old@example.org --add-reader anne@example.org
  manage.py hyperkitty_list rename old@example.org older@example.org

exit codes: 0 done, 1 not done (the message says why), 2 not understood
"""


class Command(ArchiveCommand):
    """Shows and changes lists."""

    help = "Show, make and change lists that Mailman Core does not have."
    epilog = EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do and with which list."""
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        show = actions.add_parser("show", help="show one list, or all")
        show.add_argument("address", nargs="?")
        for name, words in (
            ("create", "make a list; nobody may read it until a policy is set"),
            ("set", "change what is known of a list and who may read it"),
        ):
            action = actions.add_parser(name, help=words)
            action.add_argument("address")
            _add_properties(action)
        rename = actions.add_parser("rename", help="give a list another address")
        rename.add_argument("address")
        rename.add_argument("new_address")

    def run(self, **options: Any) -> None:
        """Do what was asked and show the list."""
        action, address = options["action"], options.get("address")
        if address is None:
            self.say(*(_line(mlist) for mlist in MailingList.objects.all()))
            return
        mlist = create_list(address) if action == "create" else find_list(address)
        if action == "rename":
            rename_list(mlist, options["new_address"])
        elif action in {"create", "set"}:
            _change(mlist, options)
        self.say(*_lines(mlist))


def _add_properties(parser: CommandParser) -> None:
    parser.add_argument(
        "--archive-policy",
        choices=POLICIES,
        help="who may read: everybody, or readers only; never: archive no new mail",
    )
    parser.add_argument("--display-name", metavar="TEXT")
    parser.add_argument("--description", metavar="TEXT")
    parser.add_argument("--subject-prefix", metavar="TEXT", help='such as "[dev] "')
    for option, words in (
        ("--add-reader", "let the account with this verified address read"),
        ("--remove-reader", "take that away again"),
    ):
        parser.add_argument(
            option, action="append", default=[], metavar="ADDRESS", help=words
        )


def _change(mlist: MailingList, options: dict[str, Any]) -> None:
    names = ("display_name", "description", "subject_prefix")
    texts = {name: options[name] for name in names if options[name] is not None}
    if texts:
        describe_list(mlist, **texts)
    if options["archive_policy"]:
        set_policy(mlist, POLICIES[options["archive_policy"]])
    for address in options["add_reader"]:
        give_role(mlist, address, Role.MEMBER)
    for address in options["remove_reader"]:
        take_roles(mlist, address)


def _line(mlist: MailingList) -> str:
    policy = ArchivePolicy(mlist.archive_policy).name.lower()
    return (
        f"{mlist.name}  {policy} ({mlist.policy_source})  {mlist.emails_count:,} mails"
    )


def _lines(mlist: MailingList) -> list[str]:
    mlist.refresh_from_db()
    roles = ListRole.objects.filter(mlist=mlist).order_by("role", "address")
    return [
        _line(mlist),
        f"  List-Id        {mlist.list_id}",
        f"  display name   {mlist.display_name}",
        f"  description    {mlist.description}",
        f"  prefix         {mlist.subject_prefix}",
        f"  kept by        {'Mailman Core' if is_of_core(mlist) else 'this site'}",
        *(f"  former address {alias.name}" for alias in mlist.aliases.all()),
        *(f"  {role.role:14} {role.address} ({role.source})" for role in roles),
    ]
