"""The desk of what failed and what is in doubt: by cause in business words, with the mends that fit.

`groups` reads what is shown, `mends` what may be done about it, `acts` carries out what a person chose, `page` answers
the request; `brakes` are paused connections and held batches, which the front page shows as well.
"""
