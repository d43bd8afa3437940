"""What the sender of a file gets back.

findings            messages on rows, and how many are listed
feedback_workbooks  the workbook on a faulty file, of one of two kinds:
own_workbooks       a small .xlsx as it was sent, with its cells marked
plain_workbooks     the faulty rows of anything else, with their row numbers
feedback_contents   what both say
templates           workbooks to fill in
documentation       the contracts and the rules as pages
"""
