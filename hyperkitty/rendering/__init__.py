"""From the text of a mail to safe HTML.

Plain Python: nothing here knows Django, a database or the page around it. What a page
must know comes in through `RenderOptions`; what only the page can know (the titles of
mails that a text points at) goes out as link targets and comes back through
`Rendered.resolve`.

Safe by construction: every character that comes from a mail passes through
`escape.escape` once, on its way out. Mail is hostile input: every step is linear in
its length, nothing recurses on it, and no function raises on it.
"""
