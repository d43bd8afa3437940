"""What the sender of a file gets back.

findings            messages on rows, and how many are listed
feedback_workbooks  a faulty file with its cells marked
templates           workbooks to fill in
documentation       the contracts and the rules as pages
"""
