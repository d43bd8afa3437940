"""Bytes to text, and text to exact values; no value is judged here.

limits           what a file may cost to read
delivered_files  a file -> sheets of text under canonical headers
delimited        bytes of a CSV -> cells
packages         an .xlsx, measured and searched before its cells are read
parsing          text -> exact decimals, dates, periods
"""
