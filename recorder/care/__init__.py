"""Looking after runs: inspection, repair, the gallery."""
