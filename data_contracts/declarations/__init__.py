"""What is asked for.

settings          organization.yml
feeds             one declaration per feed; its delivered and its typed contract
reference_tables  one declaration per reference table, with the rules between its columns
reference_texts   what the reference tables and their columns mean
vocabulary        names -> codes, and which units an activity type accepts
rules             every rule: severity and message, in English and Chinese
problems          breaches by settings and reference tables, which block a run
contracts         what a frame must be; as a pandera schema, where pandera judges
validation        declared checks on whole frames, by pandera
"""
