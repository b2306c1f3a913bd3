"""Floor 2: the ERP over HTTP.

`client.ErpClient` is the one door: a lane that asks (allocate, read, list) and saves. Everything the ERP or
the network may do comes out as a value of `core.outcome` or as one of `errors`. No Django, no database, no
policy: what to try again, and when, is the pipeline's to decide. Facts come from the ERP protocol fact sheet;
where one of them is a guess, it is data (`catalogue`, `phrases`, `ErpConfig`), so that a wrong guess is
mended without code.
"""
