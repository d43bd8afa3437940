"""Contracts of everything that enters the ledger: delivered files, reference tables, organization.yml.

What belongs here: reading files into text, parsing text into exact values, the pandera contracts of every feed and
reference table, the vocabulary (activity types, units, facilities) they are judged with, and the messages that tell a
sender what to change. Nothing here computes a tonne, and nothing here imports Dagster, DuckDB or dbt, so a supplier
can check a file before sending it.

    settings     organization.yml
    rules        every rule: severity and message, in English and Chinese
    problems     problems of reference data and settings, which block a run
    limits       what a file may cost to read
    delimited    bytes of a CSV -> cells
    packages     an .xlsx, measured and searched before its cells are read
    reading      a file -> sheets of text under canonical headers
    parsing      text -> exact decimals, dates, periods
    feeds        one declaration per feed; its delivered and its typed contract
    reference    one declaration per reference table, and the rules between tables
    vocabulary   names -> codes, and which units an activity type accepts
    findings     messages on rows, and how many are listed
    header_units units in headers
    number_styles numbers that the cell alone does not tell
    normalised   cells read otherwise than written
    totals       rows that sum up others
    plausibility totals that do not add up, quantities a thousand times the usual
    judging      delivered files -> valid rows, findings, row accounting
    checking     the same for a path on disk, without a workspace run
    workbooks    feedback workbooks
    templates    workbooks to fill in
    documentation  the contracts and the rules as pages
"""
