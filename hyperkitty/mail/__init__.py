"""From the bytes of a mail to plain values, and between mbox files and messages.

Plain Python: nothing here knows Django, a database or Mailman's API. Mail is hostile
input: every size, depth and loop is bounded, and no function raises on a message.
"""
