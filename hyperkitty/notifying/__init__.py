"""Following, and telling followers: on the site, by mail at once, in digests."""
