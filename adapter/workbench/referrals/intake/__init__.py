"""The intake form: filled in by hand, from a chart or anew, and sent to a plan.

`routes` takes requests. `items` shows the Questionnaire's items and `words` what the page says
beside them; `entered` reads what was sent. `chart` and `again` fill in what a chart, or a referral
that came back, says already. `records` makes FHIR of it, `sending` sends that.
"""
