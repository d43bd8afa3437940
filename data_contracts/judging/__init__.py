"""What was read, held against what was asked for.

judgement      delivered files -> valid rows, findings, row accounting
checking       the same for a path on disk, without a workspace run
reference      the reference tables of a workspace, typed, or everything that is wrong with them
header_units   units in headers
number_styles  numbers that the cell alone does not tell
normalised     cells read otherwise than written
totals         rows that sum up others
plausibility   totals that do not add up, quantities a thousand times the usual
"""
