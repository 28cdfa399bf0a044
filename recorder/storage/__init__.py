"""The files of a run: journal, index, snapshot, lock. To be read in this order:

lines           what a line of the journal says, made and read; the values that JSON holds are `json_values`
index           all lines together, in memory, and metadata.json made of them
journal         the file `entities.jsonl`, read on from where it was read before, appended to, cut back
reading         a run folder as it is, followed while others write to it
writing         the same while this process writes: lock, open journal, metadata.json now or by a timer (`snapshot`, `edits`)
run_storage     what is written: entities, state, tags, what a repair has made

Below them: `paths` (what may be touched at all), `atomic_files` (whole or not at all), `lock` (threads and processes),
`open_runs` (how many files are open).
"""
