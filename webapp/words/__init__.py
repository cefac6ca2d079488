"""The languages of the site: which one a page is in, and texts made elsewhere in that language."""
