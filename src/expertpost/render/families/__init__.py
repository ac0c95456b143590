"""Markup families: how a Markdown text reads in the forms that channels take."""
