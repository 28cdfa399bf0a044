"""One HTML page that shows runs: the page, the card of an entity, previews of text and JSON, pictures and players."""
