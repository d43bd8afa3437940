"""The report that people read: sections as data, every figure a query on the published marts.

`sections` says what is printed, `reading` asks the marts and rounds, `pictures` draws, `page` makes the HTML,
`printing` the PDF, `forms` the workbook of data points and `footprints` the product footprints. Nothing here computes a
tonne.
"""
