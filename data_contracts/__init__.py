"""Contracts of everything that enters the ledger: delivered files, reference tables, organization.yml.

What belongs here: reading files into text, parsing text into exact values, the pandera contracts of every feed and
reference table, the vocabulary (activity types, units, facilities) they are judged with, and the messages that tell a
sender what to change. Nothing here computes a tonne, and nothing here imports Dagster, DuckDB or dbt, so a supplier
can check a file before sending it.

    declarations  what is asked for: feeds, reference tables, settings, names and units, the rules and their messages
    readers       a file to sheets of text, text to exact values; what a file may cost to read
    answers       what the sender gets back: findings, feedback workbooks, templates, the contracts as pages
    judging       delivered files to valid rows, findings and row accounting, in a run or before a file is submitted

Each imports only itself and those above it.
"""
